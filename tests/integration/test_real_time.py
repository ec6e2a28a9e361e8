"""Queries in Spark's real-time mode beside batch jobs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler, TaskView
from tests.conftest import RunProgram
from tests.integration.jobs import PythonJob, eventually, in_background
from tests.integration.real_time import RealTimeQuery

pytestmark = pytest.mark.since_spark("4.1", "the real-time mode")
pipelined = pytest.mark.since_spark("4.3", "pipelined shuffles")

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "real_time.py"

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
def test_a_query_shares_the_cores_that_batch_tasks_hold(
    spark: SparkSession, scheduler: Scheduler, start: Start, tmp_path: Path, counts: bool
) -> None:
    before = scheduler.statistics()
    batch = PythonJob(spark.sparkContext, tmp_path, "low")
    batch.wait_until_running()
    query = start(f"shares_{counts}", counts=counts)
    query.answers("first")
    query.wait_for_batch(1)
    reached = [batch.progress(partition) for partition in range(2)]
    query.answers("of a later batch")
    # Both go on, while the query's tasks run.
    eventually(
        lambda: all(batch.progress(p) > reached[p] for p in range(2)), "the batch stands still"
    )
    assert query.query.isActive and not batch.result.done()
    assert all(not task.suspendable for task in of_level(scheduler, 10))
    query.query.stop()
    batch.finish()
    after = scheduler.statistics()
    assert (after.suspensions, after.rescues) == (before.suspensions, before.rescues)


def test_a_batch_starts_on_the_cores_of_a_query(
    spark: SparkSession, scheduler: Scheduler, start: Start, tmp_path: Path
) -> None:
    query = start("was_there", partitions=2, batch="1 minute")
    query.answers("first")
    low, high = tmp_path / "low", tmp_path / "high"
    low.mkdir()
    high.mkdir()
    batch = PythonJob(spark.sparkContext, low, "low")
    batch.wait_until_running()
    # Others come before the batch as ever; and no more tasks start than there are cores.
    above = PythonJob(spark.sparkContext, high, "high", partitions=4)
    above.wait_until_running()
    eventually(lambda: set(states(scheduler, -10)) == {"suspended"}, "the batch has its cores")
    query.answers("second")
    assert len(states(scheduler, 10)) == 4
    assert above.running() <= {0, 1}
    above.finish()
    batch.finish()
    assert query.query.isActive


def test_a_second_query_waits_for_cores_that_the_first_one_has(
    spark: SparkSession, scheduler: Scheduler, start: Start
) -> None:
    first = start("has_both", partitions=2, batch="1 minute")
    first.answers("one")
    second = start("waits", batch="1 minute")
    second.arrive("two")
    tracker = spark.sparkContext.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 2, "the second query did not come")
    assert len(scheduler.tasks()) == 2
    first.query.stop()
    second.answers("two")


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


def test_a_batch_is_killed_and_barrier_tasks_run_beside_a_query(
    spark: SparkSession, scheduler: Scheduler, start: Start, tmp_path: Path
) -> None:
    query = start("goes_on", partitions=2, batch="1 minute")
    query.answers("first")
    sc = spark.sparkContext
    batch = PythonJob(sc, tmp_path, "low", group="killed")
    batch.wait_until_running()
    sc.cancelJobGroup("killed")
    assert "cancelled" in str(batch.result.exception(60))
    both = sc.parallelize(range(2), 2).barrier().mapPartitions(lambda records: [sum(records)])
    assert in_background(both.collect).result(60) == [0, 1]
    query.answers("second")


def run(run_program: RunProgram, scenario: str, tmp_path: Path) -> Any:
    ran = run_program(
        [sys.executable, APP, scenario, tmp_path], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}
    )
    return json.loads(ran.stdout.splitlines()[-1])


@pipelined
def test_a_group_with_cores_of_its_own_is_suspended_for_as_a_whole(
    run_program: RunProgram, tmp_path: Path
) -> None:
    answers = run(run_program, "own", tmp_path)
    # It had neither of its two tasks started, nor anybody suspended, when it could have one core.
    assert (answers["held"], answers["not_yet"]) == (["running"], 0)
    assert (answers["higher"], answers["low"]) == ([[0, 0]], [0])
    assert answers["rescues"] == 0


@pipelined
@pytest.mark.slow
def test_an_executor_is_lost_with_tasks_of_a_query_and_of_a_batch(
    run_program: RunProgram, tmp_path: Path
) -> None:
    answers = run(run_program, "lost", tmp_path)
    assert answers == {"failed": True, "starts": [0, 1], "barrier": [0, 1], "cores_lent": 0}
