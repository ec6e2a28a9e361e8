"""With all cores held by long low tasks, a high job runs at once and the low tasks go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler
from tests.integration.jobs import EventLog, JvmJob, PythonJob, eventually


def quick_job(spark: SparkSession, tasks: int = 2) -> int:
    """Two stages: `tasks` tasks, then one."""
    return int(spark.range(0, 1000, 1, tasks).selectExpr("sum(id)").collect()[0][0])


def assert_bypassed(log: list[tuple[str, int]], low: list[int], high: set[int]) -> None:
    """The low tasks were suspended, the high ones ran, the low ones resumed and ended."""
    assert high
    first_suspended = min(log.index(("suspended", task)) for task in low)
    assert first_suspended < min(log.index(("start", task)) for task in high)
    for task in low:
        ended = log.index(("end", task))
        assert log.index(("suspended", task)) < log.index(("resumed", task)) < ended
        assert max(log.index(("end", task)) for task in high) < ended


def started_after(event_log: EventLog, held: list[int]) -> set[int]:
    """Task ids are given in the order of launch."""
    log = event_log.of_tasks()
    return {task for what, task in log if what == "start" and task > max(held)}


@pytest.mark.smoke
def test_a_high_job_bypasses_low_tasks_of_the_jvm(
    spark: SparkSession, scheduler: Scheduler, event_log: EventLog, tmp_path: Path
) -> None:
    low = JvmJob(spark, tmp_path, "bypass", "low")
    low.wait_until_running()
    held = [task.task_id for task in scheduler.tasks()]
    assert len(held) == 2
    with neptune_spark.priority("high"):
        assert quick_job(spark) == 499500
    assert not low.result.done()
    high = started_after(event_log, held)
    before = [low.progress(0), low.progress(1)]
    eventually(lambda: all(low.progress(p) > before[p] for p in (0, 1)), "a low task did not go on")
    assert low.finish() == low.expected()
    assert_bypassed(event_log.of_tasks(), held, high)
    assert set(event_log.attempts()) == {0}


@pytest.mark.smoke
def test_a_high_job_bypasses_low_tasks_of_python(
    spark: SparkSession, scheduler: Scheduler, event_log: EventLog, tmp_path: Path
) -> None:
    low = PythonJob(spark.sparkContext, tmp_path, "low")
    low.wait_until_running()
    held = [task.task_id for task in scheduler.tasks()]
    with neptune_spark.priority("high"):
        assert quick_job(spark) == 499500
    high = started_after(event_log, held)
    before = [low.progress(0), low.progress(1)]
    eventually(lambda: all(low.progress(p) > before[p] for p in (0, 1)), "a low task did not go on")
    counts = dict(low.finish())
    assert all(counts[p] > before[p] for p in (0, 1))
    assert sorted(low.starts()) == [0, 1]
    assert_bypassed(event_log.of_tasks(), held, high)
    assert set(event_log.attempts()) == {0}


def test_a_high_python_job_bypasses_low_python_tasks(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    low = PythonJob(spark.sparkContext, tmp_path, "low")
    low.wait_until_running()
    with neptune_spark.priority("high"):
        squares = spark.sparkContext.parallelize(range(100), 2).map(lambda x: x * x).sum()
    assert squares == 328350
    assert not low.result.done()
    low.finish()


def test_just_enough_tasks_are_suspended(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    low = PythonJob(spark.sparkContext, tmp_path, "low")
    low.wait_until_running()
    before = scheduler.statistics().suspensions
    with neptune_spark.priority("high"):
        assert spark.sparkContext.parallelize([1], 1).sum() == 1
    assert scheduler.statistics().suspensions == before + 1
    low.finish()


def test_a_later_stage_gets_its_cores_too(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    low = PythonJob(spark.sparkContext, tmp_path, "low")
    low.wait_until_running()
    before = scheduler.statistics().suspensions
    with neptune_spark.priority("high"):
        # One task, then two: the second stage needs one victim more.
        rows = (
            spark.range(0, 100, 1, 1)
            .repartition(2)
            .rdd.mapPartitions(lambda rows: [sum(1 for _ in rows)])
            .collect()
        )
    assert sum(rows) == 100 and len(rows) == 2
    assert scheduler.statistics().suspensions >= before + 2
    assert not low.result.done()
    low.finish()


def test_suspended_tasks_resume_before_new_ones_of_their_priority(
    spark: SparkSession, scheduler: Scheduler, event_log: EventLog, tmp_path: Path
) -> None:
    low = PythonJob(spark.sparkContext, tmp_path, "low", partitions=4)
    low.wait_until_running()
    with neptune_spark.priority("high"):
        quick_job(spark)
    before = [low.progress(0), low.progress(1)]
    eventually(
        lambda: all(low.progress(p) > before[p] for p in (0, 1)), "a suspended task was passed over"
    )
    assert low.running() == {0, 1}
    assert len(low.finish()) == 4


@pytest.mark.parametrize("level", [None, "normal", "high"])
def test_equal_priorities_suspend_nobody(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path, level: str | None
) -> None:
    """As in stock Spark, the second job waits for the first one's cores."""
    before = scheduler.statistics().suspensions
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    holder = PythonJob(spark.sparkContext, first, level)
    holder.wait_until_running()
    waiting = PythonJob(spark.sparkContext, second, level)
    tracker = spark.sparkContext.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 2, "the second job did not come")
    assert waiting.running() == set()
    holder.finish()
    waiting.finish()
    assert scheduler.statistics().suspensions == before


def test_a_lower_job_waits(spark: SparkSession, scheduler: Scheduler, tmp_path: Path) -> None:
    before = scheduler.statistics().suspensions
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    holder = PythonJob(spark.sparkContext, first, 3)
    holder.wait_until_running()
    waiting = PythonJob(spark.sparkContext, second, 2)
    tracker = spark.sparkContext.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 2, "the second job did not come")
    holder.finish()
    waiting.finish()
    assert scheduler.statistics().suspensions == before


def test_barrier_tasks_are_never_suspended(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    before = scheduler.statistics().suspensions
    gang, behind = tmp_path / "gang", tmp_path / "behind"
    gang.mkdir()
    behind.mkdir()
    low = PythonJob(spark.sparkContext, gang, "low", barrier=True)
    low.wait_until_running()
    tasks = scheduler.tasks()
    assert len(tasks) == 2 and not any(task.suspendable for task in tasks)
    with pytest.raises(neptune_spark.NeptuneError, match="barrier"):
        scheduler.suspend(tasks[0].task_id)
    high = PythonJob(spark.sparkContext, behind, "high")
    tracker = spark.sparkContext.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 2, "the high job did not come")
    assert high.running() == set()
    low.finish()
    high.finish()
    assert scheduler.statistics().suspensions == before


def test_a_barrier_stage_of_high_priority_gets_all_its_cores(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    gang, below = tmp_path / "gang", tmp_path / "below"
    gang.mkdir()
    below.mkdir()
    low = PythonJob(spark.sparkContext, below, "low")
    low.wait_until_running()
    high = PythonJob(spark.sparkContext, gang, "high", barrier=True)
    high.wait_until_running()
    assert {task.state for task in scheduler.tasks() if task.priority < 0} == {"suspended"}
    high.finish()
    assert not low.result.done()
    low.finish()
