"""A task that was launched on another's core waits at its gate until that one has stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Timer
from tests.jvm.ledger_book import seq
from tests.jvm.test_task_gate import LIMIT_S, LOW, Memory, TaskThread

VICTIM, TASK = 7, 8


class Gates:
    """The gates of a victim and of the task that was launched on its core, each with its thread."""

    def __init__(self, gateway: JavaGateway) -> None:
        self._gateway = gateway
        self._protocol = gateway.jvm.neptune.protocol
        self._timer = Timer()
        self._threads: list[TaskThread] = []
        self.yields = threading.Event()
        self.victim, self.task = self._gate(VICTIM), self._gate(TASK)
        self.own = self._opened(
            self.victim,
            lambda _gate: self.yields.wait(LIMIT_S),
            lambda gate: gate.yieldPoint(),
        )

    def _gate(self, task_id: int) -> Any:
        return self._gateway.jvm.org.apache.spark.neptune.executor.TaskGate(
            task_id, Function(1, lambda _answer: None), self._timer, self._timer
        )

    def _opened(self, gate: Any, *calls: Callable[[Any], object]) -> TaskThread:
        opened = threading.Event()
        thread = TaskThread(
            self._gateway,
            gate,
            lambda own: own.open(LOW, Memory()),
            lambda _own: opened.set(),
            *calls,
        )
        self._threads.append(thread)
        assert opened.wait(LIMIT_S)
        return thread

    def waits(self) -> TaskThread:
        """Have the task wait until the victim has heeded the first request."""
        stops = seq(self._gateway.jvm, [self.victim.stop(1)])
        return self._opened(self.task, lambda gate: getattr(gate, "await")(stops))

    def suspend(self) -> None:
        self.victim.receive(self._protocol.Suspend(VICTIM, 1, -1))

    def ends(self) -> None:
        self.yields.set()
        self.victim.close()
        self.task.close()
        assert all(thread.ends() for thread in self._threads)


@pytest.fixture
def gates(callbacks: JavaGateway) -> Iterator[Gates]:
    made = Gates(callbacks)
    yield made
    made.ends()


@pytest.mark.parametrize("comes_first", ["request", "task"])
def test_it_waits_until_the_other_has_stopped(gates: Gates, comes_first: str) -> None:
    if comes_first == "request":
        gates.suspend()
    task = gates.waits()
    if comes_first == "task":
        gates.suspend()
    assert not gates.victim.stop(1).isDone()
    assert task.is_alive()
    gates.yields.set()
    assert gates.own.stands()
    assert gates.victim.stop(1).isDone()
    assert task.ends()


def test_whoever_looks_for_threads_that_wait_for_suspended_tasks_does_not_find_it(
    gates: Gates,
) -> None:
    """It would have those rescued that it waits for."""
    gates.suspend()
    task = gates.waits()
    end_s = time.monotonic() + LIMIT_S
    while gates.task.runningThread().isDefined():
        assert task.is_alive() and time.monotonic() < end_s
    gates.yields.set()
    assert task.ends()
    assert gates.task.runningThread().isDefined()


def test_it_waits_also_if_it_is_to_suspend_itself(gates: Gates) -> None:
    """Whoever is to have its core would otherwise run beside the other one."""
    gates.suspend()
    gates.task.receive(gates._protocol.Suspend(TASK, 1, -1))
    task = gates.waits()
    assert task.is_alive()
    gates.victim.close()
    assert task.ends()


def test_it_does_not_wait_for_one_that_has_ended(gates: Gates) -> None:
    gates.suspend()
    task = gates.waits()
    gates.victim.close()
    assert task.ends()


def test_it_does_not_wait_for_a_later_request(gates: Gates) -> None:
    """The driver has thought better of it, and resumed the other one."""
    gates.suspend()
    gates.yields.set()
    assert gates.own.stands()
    gates.victim.receive(gates._protocol.Resume(VICTIM, 2))
    assert gates.waits().ends()


def test_it_does_not_wait_any_more_when_it_is_killed(gates: Gates) -> None:
    task = gates.waits()
    gates.task.kill(False)
    assert task.ends()
    # Nor when it was killed before.
    assert gates.waits().ends()
