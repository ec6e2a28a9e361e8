"""Who is suspended for suspended tasks that come before those which have their cores."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from tests.jvm.functions import Function, system_time
from tests.jvm.snapshots import Snapshots

ONE = 1_000_000_000
LOW, NORMAL, HIGH = -10, 0, 10


class Recorder:
    """A Preemptor that has victims suspended, and remembers whom."""

    def __init__(self, ledger: Any) -> None:
        self.victims: list[int] = []
        self._ledger = ledger

    # As Scala calls it.

    def preempts(self) -> bool:
        return True

    def preempt(self, task_id: int, _level: int) -> None:
        self.victims.append(task_id)
        self._ledger.requestSuspend(task_id, False, 0)

    class Java:
        implements = ("org.apache.spark.neptune.driver.preemption.Preemptor",)


class Executor:
    """An executor of two cores."""

    def __init__(self, jvm: JVMView) -> None:
        self._jvm = jvm
        self.ledger: Any = jvm.neptune.core.CoreLedger()
        self.ledger.offered("1", 2 * ONE)
        self._tasks = 0

    def launch(self, priority: int, cores: int = 1) -> int:
        self._tasks += 1
        self.ledger.launched(
            self._jvm.neptune.core.LaunchedTask(
                self._tasks, "1", cores * ONE, priority, True, 1, 1, "ANY", 0
            )
        )
        return self._tasks

    def suspended(self, priority: int, cores: int = 1) -> int:
        task_id = self.launch(priority, cores)
        self.ledger.suspended(task_id, self.asked(task_id), 0)
        return task_id

    def asked(self, task_id: int) -> int:
        return int(self.ledger.requestSuspend(task_id, False, 0).get())

    def victims(self, *ranked_beyond: int) -> list[int]:
        """Return who is suspended, if that is the rank of some since the last launches."""
        driver: Any = self._jvm.org.apache.spark.neptune.driver
        policy = Snapshots(self._jvm, "lb").policy
        recorder = Recorder(self.ledger)
        views = driver.executors.ExecutorViews(
            self.ledger,
            driver.executors.Agents(60_000, system_time(self._jvm)),
            driver.executors.StageDurations(self.ledger),
            Function(2, lambda _entry, _level: True),
        )
        preemption = driver.preemption.ExecutorPreemption(Function(1, policy.decide), recorder)

        def rank_anew() -> bool:
            for task_id in ranked_beyond:
                self.ledger.ranked(task_id, 2 * self.ledger.get(task_id).get().task().priority())
            return bool(ranked_beyond)

        driver.preemption.Reordering(
            self.ledger, preemption, views, Function(0, rank_anew)
        ).preempt(0)
        return recorder.victims


@pytest.fixture
def executor(callbacks: JavaGateway) -> Executor:
    return Executor(callbacks.jvm)


def test_who_was_launched_last_yields(executor: Executor) -> None:
    executor.suspended(HIGH)
    executor.launch(LOW)
    last = executor.launch(LOW)
    assert executor.victims() == [last]
    # That is enough.
    assert executor.victims() == []


def test_whoever_has_got_a_core_elsewhere_comes_after_them(executor: Executor) -> None:
    """It lacks nothing of what is due to its party since the round has launched others."""
    served = executor.suspended(NORMAL)
    executor.launch(NORMAL)
    beyond = executor.launch(NORMAL)
    executor.ledger.ranked(beyond, 2 * NORMAL)
    assert executor.victims(served) == []


def test_a_core_that_comes_free_makes_up_for_one_too_many_first(executor: Executor) -> None:
    """Three tasks hold two cores, one since it was rescued."""
    executor.suspended(HIGH)
    executor.launch(HIGH)
    yields = executor.launch(LOW)
    comes = executor.launch(LOW)
    executor.asked(comes)
    assert executor.victims() == [yields]


def test_a_core_that_comes_free_is_for_the_higher_one_only(executor: Executor) -> None:
    executor.suspended(NORMAL)
    executor.suspended(HIGH)
    yields = executor.launch(LOW)
    comes = executor.launch(LOW)
    executor.asked(comes)
    assert executor.victims() == [yields]


def test_a_task_of_two_cores_needs_one_victim_where_one_is_idle(executor: Executor) -> None:
    executor.ledger.offered("1", 3 * ONE)
    executor.suspended(HIGH, cores=2)
    executor.launch(LOW)
    last = executor.launch(LOW)
    assert executor.victims() == [last]
