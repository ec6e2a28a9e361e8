"""The scheduler's figures are those of what has just happened."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import LevelView, Scheduler, Statistics
from tests.integration.jobs import GatedJob, eventually

LOW, NORMAL, HIGH = -10, 0, 10


def level(statistics: Statistics, priority: int) -> LevelView:
    (found,) = (level for level in statistics.levels if level.priority == priority)
    return found


def counts(found: LevelView) -> tuple[int, int, int, float]:
    return found.tasks_running, found.tasks_pending, found.tasks_suspended, found.cores_lent


def test_what_there_is_of_each_level(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    before = scheduler.statistics()
    low = GatedJob(spark, tmp_path / "low", "low", 5)
    low.wait_until_started(0, 1)
    assert counts(level(scheduler.statistics(), LOW)) == (2, 3, 0, 0.0)
    high = GatedJob(spark, tmp_path / "high", "high", 1)
    high.wait_until_started(0)
    now = scheduler.statistics()
    (suspended,) = (task for task in scheduler.tasks() if task.state == "suspended")
    assert [level.priority for level in now.levels] == sorted(
        (level.priority for level in now.levels), reverse=True
    )
    assert counts(level(now, LOW)) == (1, 3, 1, 1.0)
    assert counts(level(now, NORMAL)) == (0, 0, 0, 0.0)
    assert counts(level(now, HIGH)) == (1, 0, 0, 0.0)
    for priority in (LOW, HIGH):
        waits, waited = (level(s, priority).first_task_latency for s in (now, before))
        assert waits.count == waited.count + 1
        assert waits.max_s > 0
    assert now.decision_time.count > before.decision_time.count
    # It is the only one of two cores that has been suspended meanwhile.
    assert suspended.work_kept_core_s > 0
    kept = now.work_kept_core_s - before.work_kept_core_s
    assert abs(kept - suspended.work_kept_core_s) < 1e-6
    high.finish()
    low.finish()
    eventually(
        lambda: level(scheduler.statistics(), LOW).tasks_running == 0, "a task was left behind"
    )
    after = scheduler.statistics()
    assert sum(after.resumptions_by_reason.values()) == after.resumptions
    assert after.resumptions_by_reason["core"] == before.resumptions_by_reason["core"] + 1


def test_a_task_that_was_killed_is_pending_again(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    def waits(pending: int) -> None:
        eventually(
            lambda: counts(level(scheduler.statistics(), LOW)) == (2, pending, 0, 0.0),
            f"there are not 2 tasks running and {pending} pending",
        )

    def kill() -> None:
        """Kill the one that runs beside that of partition 1; it or another gets its core."""
        (killed,) = (task.task_id for task in scheduler.tasks() if task.partition != 1)
        spark.sparkContext._jsc.sc().killTaskAttempt(killed, True, "by a test")
        eventually(
            lambda: all(task.task_id != killed for task in scheduler.tasks()), "it was not killed"
        )

    low = GatedJob(spark, tmp_path / "low", "low", 5)
    low.wait_until_started(0, 1)
    waits(3)
    for _ in range(2):
        kill()
        waits(3)
    low.end(1)
    waits(2)
    low.end(0, 2, 3)
    eventually(
        lambda: counts(level(scheduler.statistics(), LOW)) == (1, 0, 0, 0.0),
        "the last task does not run alone",
    )
    low.finish()


def test_levels_without_a_name_come_as_jobs_have_them(
    spark: SparkSession, scheduler: Scheduler
) -> None:
    sc = spark.sparkContext
    assert neptune_spark.priority(70)(lambda: sc.parallelize([1], 1).count())() == 1
    (seven,) = (level for level in scheduler.statistics().levels if level.priority == 70)
    assert seven.first_task_latency.count == 1


def test_how_much_of_its_bound_a_task_has_used(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    low = GatedJob(spark, tmp_path / "low", "low", 2)
    low.wait_until_started(0, 1)
    assert scheduler.statistics().bound_used_max == 0
    high = GatedJob(spark, tmp_path / "high", "high", 1)
    high.wait_until_started(0)
    used = max(task.bound_used for task in scheduler.tasks())
    # One of 1,000 suspensions, and a part of 10 minutes.
    assert 0.001 <= used <= scheduler.statistics().bound_used_max < 1
    high.finish()
    low.finish()


@pytest.mark.beyond_ci
def test_an_application_may_have_a_level_for_each_job(
    spark: SparkSession, scheduler: Scheduler
) -> None:
    for priority in range(1000, 1110):
        assert neptune_spark.priority(priority)(spark.range(1).count)() == 1
    others = [
        level.priority
        for level in scheduler.statistics().levels
        if level.priority not in (LOW, NORMAL, HIGH)
    ]
    # The last hundred.
    assert others == list(range(1109, 1009, -1))
