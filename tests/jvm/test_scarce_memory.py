"""How long a task that failed for want of memory waits for others, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Task, Timer, scala_object

LOW, HIGH = -10, 10
LOOK_MS = 20


class Endings:
    """Where the task waits; time passes meanwhile."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self.at_look: Callable[[], None] = lambda: None

    def taskEnded(self) -> None: ...

    def waitUntil(self, look_ms: int, is_over: Any) -> None:
        assert look_ms == LOOK_MS
        while not is_over.apply():
            self._timer.passes(look_ms)
            self.at_look()

    class Java:
        implements = ("org.apache.spark.neptune.executor.Endings",)


class Executor:
    """An executor with a high task that fails, and others."""

    def __init__(self, gateway: JavaGateway) -> None:
        self.jvm = gateway.jvm
        self.protocol = self.jvm.neptune.protocol
        self.timer = Timer()
        self.endings = Endings(self.timer)
        # Of Java, in which a task is one and the same each time it is looked at.
        self.others = self.jvm.java.util.ArrayList()
        self.task = Task(self.jvm, HIGH)
        self.context = scala_object(self.jvm.org.apache.spark, "TaskContext").empty()
        as_scala = self.jvm.scala.collection.JavaConverters.asScalaBuffer
        self._others = Function(1, lambda task: as_scala(self.others).toList())
        self.memory: Any = self.jvm.org.apache.spark.neptune.executor.ScarceMemory(
            self._others, False, self.timer, self.endings
        )
        missing = self.jvm.java.util.HashMap()
        missing.put("requestedBytes", "8")
        missing.put("receivedBytes", "0")
        self.shortage = self.jvm.org.apache.spark.memory.SparkOutOfMemoryError(
            "UNABLE_TO_ACQUIRE_MEMORY", missing
        )

    def add(self, priority: int, keeps_bytes: int | None = 0) -> Task:
        """A suspended task; None: it is still spilling."""
        task = Task(self.jvm, priority, suspended=True)
        task.memory = (
            scala_object(self.protocol, "MemoryRelease.Asked")
            if keeps_bytes is None
            else getattr(self.protocol, "MemoryRelease$Done")(keeps_bytes)
        )
        self.others.add(task)
        return task

    def fails(self, failure: Any = None) -> tuple[str, int]:
        """What the task ends with, and after how long."""
        began_ms = self.timer.now_ms
        end = self.memory.insteadOf(failure or self.shortage, self.task, self.context)
        return str(end.getClass().getSimpleName()), self.timer.now_ms - began_ms


RUNS_AGAIN = "TaskKilledException"
FAILS = "SparkOutOfMemoryError"


@pytest.fixture
def executor(callbacks: JavaGateway) -> Executor:
    return Executor(callbacks)


def test_another_failure_is_the_tasks_own(executor: Executor) -> None:
    executor.add(LOW)
    assert executor.fails(executor.jvm.java.lang.RuntimeException("no")) == ("RuntimeException", 0)


def test_where_nobody_was_suspended_the_failure_is_the_tasks_own(executor: Executor) -> None:
    assert executor.fails() == (FAILS, 0)
    executor.add(LOW).was_asked = False
    assert executor.fails() == (FAILS, 0)
    # Or where it was suspended itself.
    executor.task.was_asked = True
    assert executor.fails()[0] == RUNS_AGAIN


def test_a_shortage_is_seen_through_what_it_causes(executor: Executor) -> None:
    executor.add(LOW)
    caused = executor.jvm.java.lang.RuntimeException("so it failed", executor.shortage)
    assert executor.fails(caused)[0] == RUNS_AGAIN


def test_lower_tasks_release_memory_and_those_that_keep_some_are_rescued(
    executor: Executor,
) -> None:
    keeps, empty, equal = executor.add(LOW, 5), executor.add(LOW, 0), executor.add(HIGH, 5)
    assert executor.fails()[0] == RUNS_AGAIN
    assert (keeps.rescues, empty.rescues, equal.rescues) == (["memory"], [], [])
    assert equal.asked_for_memory == 0


def test_it_waits_while_they_spill_and_until_one_has_ended(executor: Executor) -> None:
    low = executor.add(LOW, keeps_bytes=None)

    def later() -> None:
        if executor.timer.now_ms == 5 * LOOK_MS:
            low.memory = getattr(executor.protocol, "MemoryRelease$Done")(5)
        if executor.timer.now_ms == 8 * LOOK_MS:
            assert low.rescues == ["memory"]
            del executor.others[0]

    executor.endings.at_look = later
    assert executor.fails() == (RUNS_AGAIN, 8 * LOOK_MS)


def test_it_waits_twice_as_long_each_time_and_ten_times_at_most(executor: Executor) -> None:
    executor.add(LOW)
    waits = [executor.fails() for _ in range(12)]
    assert waits[:5] == [(RUNS_AGAIN, s * 1000) for s in (1, 2, 4, 8, 8)]
    assert waits[5:10] == [(RUNS_AGAIN, 8000)] * 5
    assert waits[10:] == [(FAILS, 0)] * 2


def test_a_task_that_is_to_be_suspended_itself_waits_no_more(executor: Executor) -> None:
    executor.add(LOW)

    def later() -> None:
        executor.task.is_asked = executor.timer.now_ms == 3 * LOOK_MS

    executor.endings.at_look = later
    assert executor.fails() == (RUNS_AGAIN, 3 * LOOK_MS)
