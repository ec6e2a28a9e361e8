"""The hub without an executor: results, errors, context variables, and its limits."""

from __future__ import annotations

import contextvars
import gc
import weakref
from typing import NoReturn

import pytest
from greenlet import getcurrent

from neptune_spark.worker.errors import HubError
from neptune_spark.worker.hub import Hub
from neptune_spark.worker.states import State

variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")


def test_a_task_runs_in_a_greenlet_under_the_callers() -> None:
    here = getcurrent()
    assert Hub().run(lambda: getcurrent().parent is here)


def test_arguments_and_result_are_passed_on() -> None:
    def task(first: int, second: int = 0) -> tuple[int, int]:
        return first, second

    assert Hub().run(task, 1, second=2) == (1, 2)


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt])
def test_what_a_task_raises_is_raised_and_the_next_one_runs(kind: type[BaseException]) -> None:
    def fail() -> NoReturn:
        raise kind(1)

    hub = Hub()
    with pytest.raises(kind):
        hub.run(fail)
    assert hub.run(lambda: "next") == "next"


def test_tasks_share_one_context_as_they_do_without_a_hub() -> None:
    def add() -> int:
        variable.set(variable.get() + 1)
        return variable.get()

    def script() -> list[int]:
        variable.set(10)
        hub = Hub()
        return [hub.run(add) for _ in range(3)]

    assert contextvars.copy_context().run(script) == [11, 12, 13]


def test_one_task_at_a_time() -> None:
    hub = Hub()
    with pytest.raises(HubError):
        hub.run(hub.run, lambda: None)
    assert hub.run(lambda: "next") == "next"


def test_a_task_outside_run_does_not_begin(directory: str) -> None:
    hub = Hub()
    hub.begin(1, f"{directory}/nobody is asked")
    assert hub.state is State.IDLE


def test_a_hub_is_freed() -> None:
    hub = Hub()
    hub.run(lambda: None)
    seen = weakref.ref(hub)
    del hub
    gc.collect()
    assert seen() is None
