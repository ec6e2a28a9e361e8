"""Processors prefer high tasks to low ones, where the system lets niceness be taken back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler
from neptune_spark.controller.niceness import Niceness
from tests.conftest import pid_of
from tests.integration.jobs import PATIENCE_S, JvmJob, eventually, in_background

OURS = os.getpriority(os.PRIO_PROCESS, 0)
#: The default of spark.neptune.niceness, or nothing where it may not be used.
OF_LOW = OURS + 10 if Niceness(os.getpid()).may_be_changed() else OURS


def java_lang(spark: SparkSession) -> Any:
    """The package of the driver."""
    assert spark.sparkContext._jvm is not None
    return spark.sparkContext._jvm.java.lang


def jvm_threads(spark: SparkSession) -> dict[int, str]:
    """Number and name of each thread of the driver; Linux cuts names to 15 characters."""
    pid = pid_of(spark.sparkContext._jvm)
    found = {}
    for entry in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # it has ended meanwhile
            found[int(entry.name)] = (entry / "comm").read_text().strip()
    return found


def nice_threads(spark: SparkSession) -> list[str]:
    """Names of those that are nicer than we are."""
    found = []
    for thread, name in jvm_threads(spark).items():
        with suppress(ProcessLookupError):
            if os.getpriority(os.PRIO_PROCESS, thread) > OURS:
                found.append(name)
    return found


def test_a_thread_that_a_short_low_task_has_started_does_not_stay_nice(
    spark: SparkSession, scheduler: Scheduler
) -> None:
    # The JVM watches each process in a thread, and lets idle ones of these watch others.
    watched = [java_lang(spark).Runtime.getRuntime().exec("cat") for _ in range(4)]
    before = jvm_threads(spark)
    run_a_process = "reflect('org.apache.hadoop.util.Shell', 'checkIsBashSupported')"
    with neptune_spark.priority("low"):
        assert spark.range(0, 1, 1, 1).selectExpr(run_a_process).collect()[0][0] == "true"
    started = [
        thread
        for thread, name in jvm_threads(spark).items()
        if thread not in before and name == "process reaper"
    ]
    assert started
    eventually(
        lambda: all(os.getpriority(os.PRIO_PROCESS, thread) == OURS for thread in started),
        "a thread that a low task has started stayed nice",
    )
    for process in watched:
        process.destroy()


def test_threads_of_low_tasks_are_nice_while_they_run(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    assert not scheduler.tasks()
    eventually(lambda: not nice_threads(spark), "threads are nice while no task runs")
    low = JvmJob(spark, tmp_path, "nice", "low")
    low.wait_until_running()
    expected = 2 if OF_LOW > OURS else 0
    eventually(
        lambda: len(nice_threads(spark)) >= expected, "no thread is nice while low tasks run"
    )
    with neptune_spark.priority("high"):
        assert spark.range(0, 1000, 1, 2).selectExpr("sum(id)").collect()[0][0] == 499500
    # What they have started is taken back while they run.
    eventually(
        lambda: len(nice_threads(spark)) == expected, "threads stayed nice that run no low task"
    )
    assert low.finish() == low.expected()
    eventually(lambda: not nice_threads(spark), "threads stayed nice")


def test_workers_are_as_nice_as_their_tasks(spark: SparkSession, scheduler: Scheduler) -> None:
    ran: dict[str, set[int]] = {"low": set(), "high": set()}

    def until_nice(niceness: int) -> Iterator[int]:
        eventually(
            lambda: os.getpriority(os.PRIO_PROCESS, 0) == niceness, f"never of niceness {niceness}"
        )
        yield os.getpid()

    def one_of_each() -> set[int]:
        for level, niceness in (("low", OF_LOW), ("high", OURS)):
            with neptune_spark.priority(level):
                task = spark.sparkContext.parallelize([niceness], 1).flatMap(until_nice)
                ran[level] |= set(task.collect())
        return ran["low"] & ran["high"]

    eventually(one_of_each, "no worker ran tasks of both priorities")


@pytest.mark.skipif(OF_LOW == OURS, reason="the system does not let niceness be lowered")
def test_a_low_task_for_which_a_high_one_waits_is_no_nicer_than_that(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    is_nice = tmp_path / "is-nice"

    def until_spared(_: Iterable[int]) -> Iterator[int]:
        for niceness in (OF_LOW, OURS):
            eventually(
                lambda n=niceness: os.getpriority(os.PRIO_PROCESS, 0) == n,  # type: ignore[misc]
                f"never of niceness {niceness}",
            )
            is_nice.touch()
        yield 7

    block = spark.sparkContext.parallelize([0], 1).mapPartitions(until_spared).persist()
    low = in_background(neptune_spark.priority("low")(block.sum))
    eventually(is_nice.exists, "the low task does not run")
    (task,) = scheduler.tasks()
    scheduler.suspend(task.task_id)
    eventually(lambda: scheduler.tasks()[0].state == "suspended", "the low task is not suspended")
    with neptune_spark.priority("high"):
        assert block.sum() == 7
    assert low.result(PATIENCE_S) == 7
    block.unpersist()
