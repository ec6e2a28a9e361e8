"""A stage that several jobs wait for has the highest of their priorities."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from pyspark import RDD
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler, TaskView
from tests.integration.jobs import PATIENCE_S, PythonJob, eventually, in_background

LOW, NORMAL, HIGH = -10, 0, 10


@pytest.fixture
def shared(spark: SparkSession, scheduler: Scheduler, tmp_path: Path) -> Iterator[RDD[object]]:
    """A shuffle whose map tasks last until there is a file."""
    end = str(tmp_path / "end-shared")

    def wait(_: int, records: Iterable[int]) -> Iterator[tuple[int, int]]:
        while not Path(end).exists():
            time.sleep(0.01)
        return ((record, 1) for record in records)

    numbers = spark.sparkContext.parallelize(range(8), 2)
    yield numbers.mapPartitionsWithIndex(wait).partitionBy(2)
    # What a failed test has left behind ends here.
    Path(end).touch()
    (tmp_path / "stop").touch()


def tasks_of(scheduler: Scheduler, job_id: int | None) -> list[TaskView]:
    return [task for task in scheduler.tasks() if task.job_id == job_id]


def test_a_stage_has_the_highest_priority_that_waits_for_it(
    spark: SparkSession, scheduler: Scheduler, shared: RDD[object], tmp_path: Path
) -> None:
    sc = spark.sparkContext
    low = in_background(neptune_spark.priority("low")(shared.count))
    eventually(lambda: len(scheduler.tasks()) == 2, "the low job got no cores")
    ours = scheduler.tasks()[0].job_id
    other = PythonJob(sc, tmp_path, None)
    other.wait_until_running()

    def states() -> set[tuple[int, str]]:
        return {(task.priority, task.state) for task in scheduler.tasks()}

    assert states() == {(LOW, "suspended"), (NORMAL, "running")}

    def counted() -> int:
        sc.setJobGroup("joins", "a job that needs the stage, too")
        return shared.count()

    # A job that joins takes the stage's tasks with it, past those that had their cores.
    joins = in_background(neptune_spark.priority("high")(counted))
    eventually(
        lambda: states() == {(HIGH, "running"), (NORMAL, "suspended")}, "the stage was not raised"
    )
    assert {task.priority for task in tasks_of(scheduler, ours)} == {HIGH}
    # When it is gone, the stage is what it was.
    sc.cancelJobGroup("joins")
    eventually(
        lambda: states() == {(LOW, "suspended"), (NORMAL, "running")}, "the stage was not lowered"
    )
    assert joins.exception(PATIENCE_S) is not None
    again = in_background(neptune_spark.priority("high")(shared.count))
    eventually(lambda: (HIGH, "running") in states(), "the stage was not raised again")
    (tmp_path / "end-shared").touch()
    assert again.result(PATIENCE_S) == 8
    assert not other.result.done()
    other.finish()
    assert low.result(PATIENCE_S) == 8
