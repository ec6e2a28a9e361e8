"""Python tasks that do not answer, or that do not work alone, are suspended all the same."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler, WorkerView
from neptune_spark.controller import usage
from tests.integration import activities, by_hand
from tests.integration.activities import Activity, Busy
from tests.integration.by_hand import state_of
from tests.integration.jobs import eventually, gone, seen


def suspend(scheduler: Scheduler) -> int:
    """Suspend the one task manually, and wait for it."""
    (task,) = scheduler.tasks()
    by_hand.suspend(scheduler, task.task_id)
    return task.task_id


def process_tree_of(worker: psutil.Process) -> list[psutil.Process]:
    return [worker, *worker.children(recursive=True)]


def is_any_stopped(worker: psutil.Process) -> bool:
    return any(process.status() == psutil.STATUS_STOPPED for process in process_tree_of(worker))


def wait_until_stopped(worker: psutil.Process) -> None:
    eventually(
        lambda: (
            {process.status() for process in process_tree_of(worker)} == {psutil.STATUS_STOPPED}
        ),
        "not all of the task's processes were stopped",
    )


@pytest.mark.parametrize(
    ("activity", "stopped"),
    [
        (activities.count, False),
        (activities.sleeping, False),
        (activities.hashing, True),
        (activities.own_handler, True),
        (activities.thread, True),
        (activities.program, True),
        (activities.processes, True),
        (activities.talking, False),
    ],
)
def test_whatever_a_task_does_it_stands_still_and_goes_on(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path, activity: Activity, stopped: bool
) -> None:
    busy = Busy(spark.sparkContext, tmp_path, activity)
    for _ in range(2):
        task = suspend(scheduler)
        if stopped:
            wait_until_stopped(busy.process())
        else:
            assert not is_any_stopped(busy.process())
        before = busy.progress()
        assert spark.sparkContext.parallelize(range(100), 2).map(lambda x: x + 1).sum() == 5050
        assert busy.progress() == before
        scheduler.resume(task)
        busy.goes_on()
    assert busy.finish() >= before
    assert busy.attempts() == 1


@pytest.mark.parametrize("activity", [activities.wait_in_c, activities.program_that_waits])
def test_a_task_that_waits_is_suspended_without_being_stopped(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path, activity: Activity
) -> None:
    busy = Busy(spark.sparkContext, tmp_path, activity)

    def stays_unstopped() -> bool:
        task = suspend(scheduler)
        assert spark.sparkContext.parallelize(range(100), 2).map(lambda x: x + 1).sum() == 5050
        unstopped = not is_any_stopped(busy.process())
        scheduler.resume(task)
        eventually(
            lambda: [task.state for task in scheduler.tasks()] == ["running"], "it was not resumed"
        )
        return unstopped

    # At first it may be about to wait.
    eventually(stays_unstopped, "it was stopped, though it waits")
    task = suspend(scheduler)
    # Meanwhile it may come back to Python, and must wait there.
    (tmp_path / "stop").touch()
    assert spark.sparkContext.parallelize(range(100), 2).map(lambda x: x + 1).sum() == 5050
    assert not busy.result.done()
    scheduler.resume(task)
    assert busy.finish() == 1
    assert busy.attempts() == 1


def test_a_high_job_bypasses_a_task_in_a_c_call(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    low = [Busy(spark.sparkContext, place, activities.hashing) for place in (first, second)]
    with neptune_spark.priority("high"):
        total = spark.sparkContext.parallelize(range(100), 2).map(lambda x: x + 1).sum()
    assert total == 5050
    for busy in low:
        assert not busy.result.done()
        busy.goes_on()
        busy.finish()
        assert busy.attempts() == 1


def test_a_section_is_left_before_its_task_is_suspended(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    busy = Busy(spark.sparkContext, tmp_path, activities.section)
    (task,) = scheduler.tasks()
    scheduler.suspend(task.task_id)
    busy.goes_on()
    assert state_of(scheduler, task.task_id).state == "suspending"
    (tmp_path / "leave").touch()
    by_hand.wait_until_suspended(scheduler, task.task_id)
    before = busy.progress()
    assert spark.sparkContext.parallelize([1, 2], 2).sum() == 3
    assert busy.progress() == before
    scheduler.resume(task.task_id)
    busy.goes_on()
    busy.finish()


def test_a_cancelled_task_cleans_up(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    busy = Busy(spark.sparkContext, tmp_path, activities.cleaning_up, group="cleaning up")
    suspend(scheduler)
    spark.sparkContext.cancelJobGroup("cleaning up")
    with pytest.raises(Exception, match="cancelled"):
        busy.result.result(120)
    eventually((tmp_path / "cleaned-up").exists, "its finally block did not run")
    assert not (tmp_path / "swallowed").exists()


def test_a_cancelled_task_in_a_c_call_leaves_no_process(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    busy = Busy(spark.sparkContext, tmp_path, activities.c_call, group="stuck")
    worker = busy.process()
    suspend(scheduler)
    wait_until_stopped(worker)
    spark.sparkContext.cancelJobGroup("stuck")
    with pytest.raises(Exception, match="cancelled"):
        busy.result.result(120)
    # Spark kills it, after spark.python.task.killTimeout.
    eventually(lambda: gone(worker), "it lives")


def controllers() -> list[psutil.Process]:
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if any("neptune_spark.controller.main" in word for word in seen(process.cmdline))
    ]


def used_s(worker: psutil.Process) -> float:
    return usage.of(process_tree_of(worker)).cpu_s


def test_a_suspended_task_uses_nothing_though_the_controller_that_stopped_it_is_killed(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    busy = Busy(spark.sparkContext, tmp_path, activities.program)
    # The last time, the one that is started in its place is killed as it starts.
    for kills in (1, 1, 3):
        task = suspend(scheduler)
        wait_until_stopped(busy.process())
        used_before_s = used_s(busy.process())
        for _ in range(kills):
            eventually(controllers, "no controller was started")
            (controller,) = controllers()
            controller.kill()
            controller.wait()
        assert used_s(busy.process()) == used_before_s
        scheduler.resume(task)
        busy.goes_on()
    busy.finish()
    assert busy.attempts() == 1


def test_memory_and_time_of_workers_reach_the_driver(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    busy = Busy(spark.sparkContext, tmp_path, activities.program)
    task = suspend(scheduler)
    wait_until_stopped(busy.process())

    def measured() -> list[WorkerView]:
        (executor,) = scheduler.executors()
        assert (executor.cores, executor.tasks_running, executor.tasks_suspended) == (2, 0, 1)
        # The figures may be from before the program was started.
        return [w for w in executor.python_workers if w.task_id == task and w.processes == 2]

    eventually(measured, "no figures came")
    (worker,) = measured()
    assert worker.pid == busy.process().pid
    assert worker.rss_bytes > 10_000_000
    assert worker.cpu_s > 0
    scheduler.resume(task)
    busy.finish()
