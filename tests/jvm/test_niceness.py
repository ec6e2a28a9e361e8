"""When threads and workers of low tasks are made nicer, and when that is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import JavaThread, Timer, scala_seq

BY = 7
LOW, HIGH = -10, 10
#: How long a thread without a task stays nice, and how often threads of others are looked for.
IDLE_MS, LOOK_MS = 100, 1000


class Control:
    """In the operating system's place: what it was told."""

    def __init__(self, permits: bool) -> None:
        self._permits = permits
        self.told: list[tuple[str, int]] = []

    def threads(self) -> list[int]:
        return [by for what, by in self.told if what == "thread"]

    # As Scala calls it.

    def mayNice(self, and_then: Any) -> None:
        and_then.apply(self._permits)

    def nice(self, worker: Any, by: int) -> bool:
        self.told.append((f"worker {worker.pid()}", by))
        return True

    def niceThread(self, thread: int, by: int) -> bool:
        assert thread > 0
        self.told.append(("thread", by))
        return True

    def takeBackInherited(self, by: int) -> None:
        self.told.append(("inherited", by))

    class Java:
        implements = ("org.apache.spark.neptune.python.NicenessControl",)


class Executor:
    """An executor of one thread, which is this test's."""

    def __init__(self, gateway: JavaGateway, permits: bool = True) -> None:
        self.jvm = gateway.jvm
        self.timer = Timer()
        self.control = Control(permits)
        neptune = self.jvm.org.apache.spark.neptune
        self.niceness: Any = neptune.executor.Niceness(self.control, BY, HIGH, self.timer)

    def workers(self, *pids: int) -> Any:
        process = self.jvm.org.apache.spark.neptune.python.WorkerProcess
        return scala_seq(self.jvm, [process(pid, 1) for pid in pids])

    def passes(self, ms: int) -> None:
        self.timer.passes(ms)


@pytest.fixture
def executor(callbacks: JavaGateway) -> Iterator[Executor]:
    executor = Executor(callbacks)
    yield executor
    # The thread serves the next test, too.
    executor.passes(10 * LOOK_MS)
    executor.niceness.begins(0, HIGH)
    executor.niceness.ended(0)


def test_without_permission_nothing_is_told(callbacks: JavaGateway) -> None:
    executor = Executor(callbacks, permits=False)
    executor.niceness.begins(1, LOW)
    executor.niceness.becomes(1, HIGH, executor.workers(5))
    executor.niceness.ended(1)
    executor.passes(10 * LOOK_MS)
    assert not executor.niceness.workerTurnsTo(executor.workers(5).head(), LOW)
    assert executor.control.told == []


def test_a_low_tasks_thread_is_nicer_until_it_has_been_idle_for_a_while(executor: Executor) -> None:
    executor.niceness.begins(1, LOW)
    assert executor.control.threads() == [BY]
    executor.niceness.ended(1)
    executor.passes(IDLE_MS - 1)
    assert executor.control.threads() == [BY]
    executor.passes(1)
    assert executor.control.threads() == [BY, 0]


def test_from_one_low_task_to_the_next_nothing_is_told(executor: Executor) -> None:
    for task in range(5):
        executor.niceness.begins(task, LOW)
        executor.niceness.ended(task)
        executor.passes(IDLE_MS // 2)
    assert executor.control.threads() == [BY]
    executor.niceness.begins(9, HIGH)
    assert executor.control.threads() == [BY, 0]
    executor.niceness.ended(9)


def test_a_high_tasks_thread_is_left_alone(executor: Executor) -> None:
    executor.niceness.begins(1, HIGH)
    executor.passes(10 * LOOK_MS)
    executor.niceness.ended(1)
    executor.passes(10 * LOOK_MS)
    assert executor.control.told == []


def test_what_low_tasks_start_is_looked_for_while_they_run_and_twice_more(
    executor: Executor,
) -> None:
    def looks() -> int:
        return executor.control.told.count(("inherited", BY))

    executor.niceness.begins(1, LOW)
    executor.passes(LOOK_MS - 1)
    assert looks() == 0
    executor.passes(1)
    assert looks() == 1
    executor.passes(4 * LOOK_MS)
    assert looks() == 5
    executor.niceness.ended(1)
    executor.passes(10 * LOOK_MS)
    # One for the last look that set it up, and one more.
    assert looks() == 6
    # A short one is over by the next look.
    executor.niceness.begins(2, LOW)
    executor.niceness.ended(2)
    executor.passes(10 * LOOK_MS)
    assert looks() == 8


def test_a_task_that_changes_its_priority_changes_its_niceness(executor: Executor) -> None:
    executor.niceness.begins(1, LOW)
    executor.niceness.becomes(1, HIGH, executor.workers(5, 6))
    executor.niceness.becomes(1, LOW, executor.workers(5))
    assert executor.control.told == [
        ("thread", BY), ("thread", 0), ("worker 5", 0), ("worker 6", 0),
        ("thread", BY), ("worker 5", BY),
    ]  # fmt: skip
    executor.niceness.ended(1)


def test_a_task_for_which_a_higher_one_waits_is_no_nicer_than_that(executor: Executor) -> None:
    executor.niceness.begins(1, LOW)
    executor.niceness.spare(1, executor.workers(5))
    assert executor.control.told == [("thread", BY), ("thread", 0), ("worker 5", 0)]
    executor.niceness.ended(1)


def test_workers_turn_to_what_their_next_task_is(executor: Executor) -> None:
    worker = executor.workers(5).head()
    assert executor.niceness.workerTurnsTo(worker, LOW)
    assert executor.niceness.workerTurnsTo(worker, HIGH)
    assert executor.control.told == [("worker 5", BY), ("worker 5", 0)]


def test_a_thread_that_feeds_a_worker_is_as_nice_as_its_task(
    executor: Executor, callbacks: JavaGateway
) -> None:
    """Spark 3.5 has such threads; else what they inherit would be taken back from them."""
    executor.niceness.begins(1, LOW)
    executor.niceness.feeds(1)
    assert executor.control.threads() == [BY]
    feeder = JavaThread(callbacks)
    feeder.calls(executor.niceness).feeds(1)
    assert executor.control.threads() == [BY, BY]
    executor.niceness.becomes(1, HIGH, executor.workers())
    assert executor.control.threads() == [BY, BY, 0, 0]
    executor.niceness.becomes(1, LOW, executor.workers())
    executor.niceness.spare(1, executor.workers())
    assert executor.control.threads() == [BY, BY, 0, 0, BY, BY, 0, 0]
    # What begins now feeds a task for which a higher one waits.
    late = JavaThread(callbacks)
    late.calls(executor.niceness).feeds(1)
    assert executor.control.threads() == [BY, BY, 0, 0, BY, BY, 0, 0]
    executor.niceness.becomes(1, LOW, executor.workers())
    assert executor.control.threads()[8:] == [BY, BY, BY]
    executor.niceness.ended(1)
    # Those that feed a worker end by themselves, and their numbers may be others' by then.
    executor.passes(IDLE_MS)
    assert executor.control.threads()[11:] == [0]
    for thread in (feeder, late):
        thread.ends()


@pytest.mark.parametrize(("daemon", "niceness"), [("true", BY), ("false", 0)])
def test_without_a_daemon_workers_start_as_fast_as_all(
    callbacks: JavaGateway, daemon: str, niceness: int
) -> None:
    conf = callbacks.jvm.org.apache.spark.SparkConf(False)
    conf.set("spark.neptune.niceness", str(BY)).set("spark.python.use.daemon", daemon)
    settings = getattr(callbacks.jvm.org.apache.spark.neptune.settings.Settings, "from")(conf)
    assert settings.niceness() == niceness
