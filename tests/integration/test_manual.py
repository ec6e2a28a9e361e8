"""Suspending and resuming manually, cancelling what is suspended, and wrong requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler, TaskView
from tests.integration import by_hand
from tests.integration.by_hand import state_of
from tests.integration.jobs import JvmJob, PythonJob, eventually, in_background


def suspend(scheduler: Scheduler, partition: int) -> TaskView:
    (task,) = [task for task in scheduler.tasks() if task.partition == partition]
    by_hand.suspend(scheduler, task.task_id)
    return task


@pytest.mark.smoke
def test_a_python_task_stands_still_until_it_is_resumed(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    job = PythonJob(spark.sparkContext, tmp_path, None)
    job.wait_until_running()
    task = suspend(scheduler, partition=0)
    there, other = job.progress(0), job.progress(1)
    eventually(lambda: job.progress(1) > other + 5000, "the other task stands still, too")
    assert job.progress(0) == there
    view = state_of(scheduler, task.task_id)
    assert view.manual and view.times_suspended == 1 and view.suspended_s > 0
    scheduler.resume(task.task_id)
    eventually(lambda: job.progress(0) > there, "it did not go on")
    assert not state_of(scheduler, task.task_id).manual
    assert dict(job.finish())[0] > there
    assert sorted(job.starts()) == [0, 1]


def test_a_jvm_task_stands_still_until_it_is_resumed(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    job = JvmJob(spark, tmp_path, "by-hand", None)
    job.wait_until_running()
    task = suspend(scheduler, partition=0)
    there, other = job.progress(0), job.progress(1)
    eventually(lambda: job.progress(1) > other + 5000, "the other task stands still, too")
    assert job.progress(0) == there
    scheduler.resume(task.task_id)
    eventually(lambda: job.progress(0) > there, "it did not go on")
    assert job.finish() == job.expected()


def test_its_core_goes_to_a_higher_priority_only(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    job = PythonJob(spark.sparkContext, tmp_path, "normal")
    job.wait_until_running()
    first = suspend(scheduler, partition=0)
    second = suspend(scheduler, partition=1)
    equal = in_background(lambda: spark.sparkContext.parallelize([1], 1).sum())
    with neptune_spark.priority("high"):
        assert spark.sparkContext.parallelize([1, 2], 2).sum() == 3
    assert not equal.done()
    assert state_of(scheduler, first.task_id).state == "suspended"
    scheduler.resume(first.task_id)
    scheduler.resume(second.task_id)
    job.finish()
    assert equal.result(120) == 1


@pytest.mark.smoke
@pytest.mark.parametrize("interrupt", [False, True])
def test_cancelling_a_job_ends_its_suspended_tasks(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path, interrupt: bool
) -> None:
    sc = spark.sparkContext
    group = f"doomed-{interrupt}"
    job = PythonJob(sc, tmp_path, None, group=group, interrupt=interrupt)
    job.wait_until_running()
    suspend(scheduler, partition=0)
    suspend(scheduler, partition=1)
    sc.cancelJobGroup(group)
    with pytest.raises(Exception, match="cancelled"):
        job.result.result(120)
    eventually(lambda: not scheduler.tasks(), "a suspended task outlived its job")
    assert sc.parallelize(range(10), 2).sum() == 45


def test_wrong_requests_say_what_is_wrong(spark: SparkSession, scheduler: Scheduler) -> None:
    for act in (scheduler.suspend, scheduler.resume):
        with pytest.raises(neptune_spark.NeptuneError, match="Task 999999 is not live"):
            act(999999)
    spark.sparkContext.setLocalProperty("spark.neptune.priority", "urgent")
    try:
        with pytest.raises(Exception, match=r"spark\.neptune\.priority is 'urgent'.*low, normal"):
            spark.sparkContext.parallelize([1], 1).sum()
    finally:
        spark.sparkContext.setLocalProperty("spark.neptune.priority", None)  # type: ignore[arg-type]
    assert spark.sparkContext.parallelize([1], 1).sum() == 1


def test_figures_add_up(spark: SparkSession, scheduler: Scheduler) -> None:
    figures = scheduler.statistics()
    assert figures.suspensions >= figures.resumptions > 0
    assert figures.suspend_latency.count == figures.suspensions
    assert 0 < figures.suspend_latency.p50_s <= figures.suspend_latency.p99_s
    # Of the whole session: where three levels met in it, both cores were lent twice.
    assert 1 <= figures.cores_lent_max <= 4
    assert scheduler.policy == "lma"
