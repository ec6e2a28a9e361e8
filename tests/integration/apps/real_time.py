"""A query in real time beside a batch job; prints what came of both, as JSON.

Usage: real_time.py own|lost DIRECTORY. `own`: on cores of its own, for which the batch is
suspended; `lost`: an executor is killed that runs a task of each.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Dict

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import (
    PATIENCE_S,
    QUICK_EXECUTORS,
    GatedJob,
    PythonJob,
    eventually,
    in_background,
    made,
)
from tests.integration.real_time import RealTimeQuery

Answers = Dict[str, Any]


def states(spark: SparkSession, priority: int) -> list[str]:
    tasks = neptune_spark.scheduler(spark).tasks()
    return [task.state for task in tasks if task.priority == priority]


def own(spark: SparkSession, directory: Path) -> Answers:
    """A group of two tasks, while others hold both cores, of which it could have one only."""
    scheduler = neptune_spark.scheduler(spark)
    tracker = spark.sparkContext.statusTracker()
    higher = GatedJob(spark, directory / "higher", "high", 1)
    higher.wait_until_started(0)
    low = PythonJob(spark.sparkContext, made(directory, "low"), "low", partitions=1)
    low.wait_until_running(1)
    query = RealTimeQuery(spark, directory, "own", counts=True)
    query.arrive("first")
    eventually(lambda: len(tracker.getActiveStageIds()) == 4, "the query's stages did not come")
    answers: Answers = {"held": states(spark, 10), "not_yet": scheduler.statistics().suspensions}
    (directory / "higher" / "end-0").touch()
    # Asked first: where the answer comes late, the batch that holds the cores may have ended.
    eventually(lambda: states(spark, -10) == ["suspended"], "the low task was not suspended")
    query.answers("first")
    query.wait_for_batch(1)
    query.answers("of a later batch")
    query.query.stop()
    answers["higher"] = higher.result.result(PATIENCE_S)
    answers["low"] = [partition for partition, _ in low.finish()]
    answers["rescues"] = scheduler.statistics().rescues
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    return answers


def lost(spark: SparkSession, directory: Path) -> Answers:
    scheduler = neptune_spark.scheduler(spark)
    eventually(lambda: len(scheduler.executors()) == 2, "the executors did not come")
    low = PythonJob(spark.sparkContext, made(directory, "low"), "low")
    low.wait_until_running()
    query = RealTimeQuery(spark, directory, "lost", counts=True)
    query.wait_for_batch(0)
    eventually(lambda: len(states(spark, 10)) == 2, "the next batch did not start")
    pids = spark.sparkContext.parallelize([], 1)  # A task of high priority finds a JVM.
    with neptune_spark.priority("high"):
        (pid,) = pids.mapPartitions(lambda _: [os.getppid()]).collect()
    os.kill(jvm_above(pid), signal.SIGKILL)
    # A group that has lost a task fails, and its query with it, as Spark has it.
    eventually(lambda: not query.query.isActive, "the query did not end")
    problem = query.query.exception()
    eventually(lambda: len(scheduler.executors()) == 2, "no executor came instead")
    again = RealTimeQuery(spark, directory, "again", counts=True)
    again.wait_for_batch(0)
    again.query.stop()
    low.finish()
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    both = spark.sparkContext.parallelize(range(2), 2).barrier()
    answers = in_background(both.mapPartitions(lambda records: [sum(records)]).collect)
    return {
        "failed": problem is not None,
        "starts": sorted(set(low.starts())),
        "barrier": answers.result(PATIENCE_S),
        "cores_lent": scheduler.statistics().cores_lent,
    }


def jvm_above(pid: int) -> int:
    import psutil

    process = psutil.Process(pid)
    while "java" not in process.name():
        process = process.parent()
    return process.pid


SCENARIOS: dict[str, tuple[Callable[[SparkSession, Path], Answers], str, dict[str, str]]] = {
    "own": (own, "local[2]", {"spark.neptune.realTimeCores": "own"}),
    "lost": (lost, "local-cluster[2,1,1024]", dict([QUICK_EXECUTORS])),
}


def main() -> None:
    name, directory = sys.argv[1], Path(sys.argv[2])
    scenario, master, settings = SCENARIOS[name]
    builder = neptune_spark.builder().master(master).config("spark.ui.enabled", "false")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.config("spark.log.level", "ERROR").getOrCreate()
    answers = scenario(spark, directory)
    spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
