"""How often an executor tries again to start what it needs for Python tasks, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Timer


class Executor:
    """An executor whose Python is checked, until it works."""

    def __init__(self, gateway: JavaGateway) -> None:
        self.jvm = gateway.jvm
        self.timer = Timer()
        #: When it was tried, and what the driver was told: a problem, and whether it is certain.
        self.tried: list[int] = []
        self.told: list[tuple[str, bool]] = []
        self.worked: list[Any] = []
        self.problem: str | None = "no such file"
        self._functions = (
            Function(0, self._start),
            Function(1, self.worked.append),
            Function(2, lambda problem, sure: self.told.append((problem, sure))),
        )
        self.recovery: Any = self.jvm.org.apache.spark.neptune.python.PythonRecovery(
            *self._functions, self.timer
        )

    def _start(self) -> Any:
        self.tried.append(self.timer.now_ms // 1000)
        either = self.jvm.scala.util
        return either.Right(None) if self.problem is None else either.Left(self.problem)


@pytest.fixture
def executor(callbacks: JavaGateway) -> Executor:
    return Executor(callbacks)


def test_it_tries_ever_less_often_and_is_sure_at_the_third_check(executor: Executor) -> None:
    executor.timer.passes(70_000)
    assert executor.tried == [1, 3, 7, 15, 31, 47, 63]
    # The first check was made before.
    assert executor.told == [("no such file", False)] + [("no such file", True)] * 6
    assert executor.worked == []


def test_it_ends_when_it_works(executor: Executor) -> None:
    executor.timer.passes(2_000)
    executor.problem = None
    executor.timer.passes(60_000)
    assert executor.tried == [1, 3]
    assert executor.worked == [None]
    assert executor.told[1:] == [("", True)]


def test_it_does_not_try_after_a_stop(executor: Executor) -> None:
    executor.timer.passes(1_000)
    executor.recovery.stop()
    executor.timer.passes(60_000)
    assert executor.tried == [1]
