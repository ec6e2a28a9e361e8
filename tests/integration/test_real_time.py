"""Queries in Spark's real-time mode beside batch jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler, TaskView
from tests.integration.jobs import GatedJob, PythonJob, eventually
from tests.integration.real_time import RealTimeQuery

pytestmark = pytest.mark.since_spark("4.1", "the real-time mode")
pipelined = pytest.mark.since_spark("4.3", "pipelined shuffles")

Start = Callable[..., RealTimeQuery]


@pytest.fixture
def start(spark: SparkSession, scheduler: Scheduler, tmp_path: Path) -> Iterator[Start]:
    started: list[RealTimeQuery] = []

    def start(name: str, **options: Any) -> RealTimeQuery:
        started.append(RealTimeQuery(spark, tmp_path, name, **options))
        return started[-1]

    yield start
    # A job that a failed test has left behind ends here.
    for stop in (tmp_path / "stop", tmp_path / "low" / "stop"):
        if stop.parent.is_dir():
            stop.touch()
    for query in started:
        query.query.stop()


def of_level(scheduler: Scheduler, priority: int) -> list[TaskView]:
    return [task for task in scheduler.tasks() if task.priority == priority]


def states(scheduler: Scheduler, priority: int) -> list[str]:
    return [task.state for task in of_level(scheduler, priority)]


@pytest.mark.parametrize("counts", [False, pytest.param(True, marks=pipelined)])
def test_a_query_starts_on_cores_that_batch_tasks_hold_and_keeps_them(
    spark: SparkSession, scheduler: Scheduler, start: Start, tmp_path: Path, counts: bool
) -> None:
    batch = PythonJob(spark.sparkContext, tmp_path, "low")
    batch.wait_until_running()
    query = start(f"keeps_{counts}", counts=counts)
    query.answers("first")
    query.wait_for_batch(1)
    query.answers("of a later batch")
    assert not batch.result.done()
    assert all(not task.suspendable for task in of_level(scheduler, 10))
    query.query.stop()
    eventually(lambda: set(states(scheduler, -10)) == {"running"}, "the batch has no cores")
    batch.finish()


@pipelined
def test_a_group_is_suspended_for_as_a_whole_or_not_at_all(
    spark: SparkSession, scheduler: Scheduler, start: Start, tmp_path: Path
) -> None:
    higher = GatedJob(spark, tmp_path / "higher", "high", 1)
    higher.wait_until_started(0)
    (tmp_path / "low").mkdir()
    low = PythonJob(spark.sparkContext, tmp_path / "low", "low", partitions=1)
    low.wait_until_running(1)
    before = scheduler.statistics().suspensions
    query = start("whole", counts=True)
    query.arrive("waits")
    tracker = spark.sparkContext.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 4, "the query's stages did not come")
    # It has two tasks, and could have one core only.
    assert states(scheduler, -10) == ["running"]
    assert states(scheduler, 10) == ["running"]
    (tmp_path / "higher" / "end-0").touch()
    query.answers("waits")
    assert scheduler.statistics().suspensions == before + 1
    assert higher.result.result() == [(0, 0)]
    query.query.stop()
    low.finish()


@pipelined
def test_a_group_is_refused_if_other_groups_have_its_cores(
    scheduler: Scheduler, start: Start
) -> None:
    first = start("first", counts=True, batch="1 minute")
    first.answers("one")
    second = start("second", counts=True)
    with pytest.raises(StreamingQueryException, match="CONCURRENT_SCHEDULER_INSUFFICIENT_SLOT"):
        second.query.awaitTermination(60)
    first.answers("two")
    with pytest.raises(neptune_spark.NeptuneError, match="real-time"):
        scheduler.suspend(scheduler.tasks()[0].task_id)
