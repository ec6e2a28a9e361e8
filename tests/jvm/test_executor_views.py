"""Tasks that are about to end by themselves are not suspended: their cores count as coming."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from tests.jvm.functions import system_time

ONE = 1_000_000_000
MS = 1_000_000
STAGE, LOW, HIGH = 3, -10, 10
WITHIN_LOW, BEYOND_LOW, WITHIN_HIGH = 2 * LOW + 1, 2 * LOW, 2 * HIGH + 1


class Stage:
    """A low stage on one executor of four cores, and how long its tasks took."""

    def __init__(self, jvm: JVMView) -> None:
        self.ledger: Any = jvm.neptune.core.CoreLedger()
        driver = jvm.org.apache.spark.neptune.driver
        self.durations: Any = driver.executors.StageDurations(self.ledger)
        self._launched = jvm.neptune.core.LaunchedTask
        self.ledger.offered("a", 4 * ONE)

    def launch(self, task_id: int, at_ms: int, stage_id: int = STAGE, priority: int = LOW) -> Any:
        return self.ledger.launched(
            self._launched(task_id, "a", ONE, priority, True, stage_id, 1, "ANY", at_ms * MS)
        )

    def suspend(self, task_id: int) -> None:
        self.ledger.suspended(task_id, self.ledger.requestSuspend(task_id, False, 0).get(), 0)

    def finish(self, task_id: int, at_ms: int) -> None:
        self.durations.finished(self.ledger.get(task_id).get(), at_ms * MS)
        self.ledger.ended(task_id, at_ms * MS)

    def finished(self, *lasted_ms: int) -> None:
        """Tasks that ran one after the other, the last of them to 0 ms."""
        begin = -sum(lasted_ms)
        for task_id, lasted in enumerate(lasted_ms, start=100):
            self.launch(task_id, begin)
            begin += lasted
            self.finish(task_id, begin)

    def left_ms(self, entry: Any, now_ms: int) -> float | None:
        left = self.durations.leftNs(entry, now_ms * MS)
        return left.get() / MS if left.isDefined() else None


@pytest.fixture
def stage(jvm: JVMView) -> Stage:
    return Stage(jvm)


def test_the_mean_of_those_that_finished_tells(stage: Stage) -> None:
    # 90, 100 and 110 ms: the mean is 100 ms, so that after 40 ms there are 60 left.
    stage.finished(90, 100, 110)
    entry = stage.launch(1, 0)
    assert stage.left_ms(entry, 40) == 60
    assert stage.durations.mayTell(WITHIN_HIGH, 40 * MS)
    # It has taken longer than that: nothing is known any more.
    assert stage.left_ms(entry, 101) is None
    assert not stage.durations.mayTell(WITHIN_HIGH, 101 * MS)
    # For tasks of its own priority it does not matter, unless it is beyond its party's share.
    assert not stage.durations.mayTell(WITHIN_LOW, 40 * MS)


@pytest.mark.parametrize("lasted_ms", [(100, 100), (20, 100, 180)])
def test_too_few_or_too_different_ones_tell_nothing(
    stage: Stage, lasted_ms: tuple[int, ...]
) -> None:
    stage.finished(*lasted_ms)
    assert stage.left_ms(stage.launch(1, 0), 40) is None
    assert not stage.durations.mayTell(WITHIN_HIGH, 40 * MS)


def test_time_suspended_is_no_time_that_it_ran(stage: Stage) -> None:
    # Of its 70 ms it was suspended for 30, from 10 to 40: it ran 40 ms of 100.
    stage.finished(100, 100, 100)
    entry = stage.launch(1, 0)
    sequence = stage.ledger.requestSuspend(1, False, 10 * MS).get()
    stage.ledger.suspended(1, sequence, 10 * MS)
    stage.ledger.requestResume(1, False, 40 * MS)
    assert stage.left_ms(entry, 70) == 60


def test_tasks_beyond_a_share_may_end_soon_for_those_within(stage: Stage) -> None:
    stage.finished(100, 100, 100)
    entry = stage.launch(1, 0)
    assert stage.ledger.ranked(1, BEYOND_LOW)
    stage.durations.finished(entry, 100 * MS)
    assert stage.durations.mayTell(WITHIN_LOW, 140 * MS)
    assert not stage.durations.mayTell(BEYOND_LOW, 140 * MS)


def test_what_still_runs_is_not_forgotten_for_short_stages(stage: Stage) -> None:
    # One of its tasks still runs when those of 2,000 short stages have finished.
    stage.finished(100, 100, 100)
    entry = stage.launch(1, 0)
    for other in range(STAGE + 1, STAGE + 2001):
        stage.launch(10_000 + other, 0, stage_id=other)
        stage.finish(10_000 + other, 1)
    assert stage.left_ms(entry, 40) == 60
    assert stage.durations.stagesKnown() <= 1000


class Anyone:
    """A function of Scala's that lets every task be a victim."""

    def apply(self, entry: Any, level: int) -> bool:
        return True

    class Java:
        implements = ("scala.Function2",)


@pytest.fixture
def looks(callbacks: JavaGateway) -> Callable[..., Any]:
    def look(stage: Stage, now_ms: int, cores: int = 1) -> Any:
        executors = callbacks.jvm.org.apache.spark.neptune.driver.executors
        agents = executors.Agents(60_000, system_time(callbacks.jvm))
        views = executors.ExecutorViews(stage.ledger, agents, stage.durations, Anyone())
        return views.forRank(WITHIN_HIGH, cores * ONE, now_ms * MS)

    return look


def test_a_task_that_is_about_to_end_is_no_victim(
    callbacks: JavaGateway, looks: Callable[..., Any]
) -> None:
    # Mean 100 ms. At 97 ms, task 1 has 3 ms left, less than a suspension is worth; task 2, launched
    # at 50, has 53. Two cores are free, and that of task 1 is about to be.
    stage = Stage(callbacks.jvm)
    stage.finished(100, 100, 100)
    stage.launch(1, 0)
    stage.launch(2, 50)
    look = looks(stage, 97)
    view = look.executors().apply(0)
    assert look.someEndSoon()
    assert view.freeNanocores() == 3 * ONE
    tasks = [view.tasks().apply(i) for i in range(2)]
    assert [(task.taskId(), task.suspendable()) for task in tasks] == [(1, False), (2, True)]
    # Once it has taken longer than the others, it is a victim like any other.
    later = looks(stage, 101)
    assert not later.someEndSoon()
    assert later.executors().apply(0).freeNanocores() == 2 * ONE
    assert later.executors().apply(0).tasks().apply(0).suspendable()


def test_a_larger_task_does_not_wait_for_smaller_ones_to_end(
    callbacks: JavaGateway, looks: Callable[..., Any]
) -> None:
    """Where short ones follow each other, there would never be two cores at a time."""
    stage = Stage(callbacks.jvm)
    stage.finished(100, 100, 100)
    for task_id in range(1, 5):
        stage.launch(task_id, 0)
    look = looks(stage, 97, cores=2)
    view = look.executors().apply(0)
    assert not look.someEndSoon()
    assert view.freeNanocores() == 0
    assert all(view.tasks().apply(i).suspendable() for i in range(4))


def test_a_core_is_on_its_way_to_one_task_only(
    callbacks: JavaGateway, looks: Callable[..., Any]
) -> None:
    """A high task has lent its core, and has it back before another one starts."""
    stage = Stage(callbacks.jvm)
    stage.launch(5, 0, priority=HIGH)
    stage.suspend(5)
    for task_id in range(1, 5):
        stage.launch(task_id, 0)
    found = []
    for task_id in range(3):
        if task_id:
            stage.ledger.requestSuspend(task_id, False, 0)
        free = looks(stage, 0).executors().apply(0).freeNanocores()
        found.append((free // ONE, stage.ledger.totalIncomingNanocores(WITHIN_HIGH) // ONE))
    assert found == [(-1, 0), (0, 0), (1, 1)]
