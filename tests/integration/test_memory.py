"""What executors tell of their memory, as users and policies see it."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import DataFrame, SparkSession, functions

from neptune_spark import MemoryView, Scheduler
from tests.integration.jobs import JvmJob, eventually

WINDOW_THRESHOLDS = (
    "spark.sql.windowExec.buffer.in.memory.threshold",
    "spark.sql.windowExec.buffer.spill.threshold",
)


class Aggregation(JvmJob):
    """Its tasks keep a row for each number, in execution memory."""

    rows = 2_000_000
    mark_every = 256

    def query(self, frame: DataFrame) -> DataFrame:
        # The greatest of numbers, since Spark would sort to find that of strings.
        return frame.groupBy("id").agg(functions.max(functions.length("mark")).alias("mark"))


def memory(scheduler: Scheduler) -> MemoryView | None:
    (executor,) = scheduler.executors()
    return executor.memory


def suspended_bytes(scheduler: Scheduler) -> int | None:
    told = memory(scheduler)
    return None if told is None else told.suspended_bytes


def test_figures_come_without_any_task(scheduler: Scheduler) -> None:
    eventually(lambda: memory(scheduler), "no figures came")
    told = memory(scheduler)
    assert told is not None
    assert 0 < told.heap_share <= 1
    assert 0 <= told.gc_share <= 1
    assert told.spill_bytes_per_s >= 0
    assert {"JVMHeapMemory", "OnHeapExecutionMemory", "TotalGCTime"} <= set(told.metrics)
    assert told.metrics["JVMHeapMemory"] > 0
    assert all(value >= 0 for value in told.metrics.values())


def test_what_suspended_tasks_hold_is_told_until_they_resume(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    job = Aggregation(spark, tmp_path, "memory", None)
    job.wait_until_running()
    for task in scheduler.tasks():
        scheduler.suspend(task.task_id)
    eventually(lambda: suspended_bytes(scheduler), "no memory of a suspended task was told")
    told = memory(scheduler)
    assert told is not None
    assert told.suspended_bytes > 0
    assert 0 < told.heap_share <= 1
    for task in scheduler.tasks():
        scheduler.resume(task.task_id)
    eventually(lambda: suspended_bytes(scheduler) == 0, "a task that runs counts as suspended")
    assert job.finish() == job.expected()


def test_what_ended_tasks_spilled_is_told(spark: SparkSession, scheduler: Scheduler) -> None:
    # A window keeps the rows of its partition, but no more of them in memory than it is told.
    for setting in WINDOW_THRESHOLDS:
        spark.conf.set(setting, "1000")
    try:
        sums = spark.range(0, 20_000, 1, 2).selectExpr("sum(id) OVER (PARTITION BY id % 2) AS sum")
        assert sums.distinct().count() == 2
    finally:
        for setting in WINDOW_THRESHOLDS:
            spark.conf.unset(setting)

    def spilled() -> bool:
        told = memory(scheduler)
        return told is not None and told.spill_bytes_per_s > 0

    eventually(spilled, "no spilled bytes were told")
