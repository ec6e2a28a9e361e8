"""Where high tasks run on executors of their own; prints what came of it.

Usage: placing.py DIRECTORY
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Dict

from pyspark import StorageLevel, TaskContext
from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import (
    QUICK_EXECUTORS,
    EventLog,
    PythonJob,
    eventually,
    log_of,
    made,
    with_event_log,
)
from tests.integration.sessions import session

Answers = Dict[str, Any]
SPILL = {
    # A sort of more records spills, however much memory there is.
    "spark.shuffle.spill.numElementsForceSpillThreshold": "50000",
    "spark.neptune.metricsInterval": "100ms",
    "spark.neptune.lma.window": "10m",
    "spark.neptune.lma.bucketMb": "1",
}


def ran_on(events: list[dict[str, Any]], tasks: set[int]) -> list[str]:
    """The executors of tasks, in the order of their launch."""
    return [
        event["Task Info"]["Executor ID"]
        for event in events
        if event["Event"] == "SparkListenerTaskStart" and event["Task Info"]["Task ID"] in tasks
    ]


def started_after(events: list[dict[str, Any]], last: int) -> set[int]:
    ids = {
        event["Task Info"]["Task ID"]
        for event in events
        if event["Event"] == "SparkListenerTaskStart"
    }
    return {task for task in ids if task > last}


def low_job(spark: SparkSession, directory: Path, name: str) -> tuple[PythonJob, int]:
    """A low job that holds both cores, and the last of its task ids."""
    (directory / name).mkdir()
    low = PythonJob(spark.sparkContext, directory / name, "low")
    low.wait_until_running()
    return low, max(task.task_id for task in neptune_spark.scheduler(spark).tasks())


def cached(spark: SparkSession, log: EventLog, directory: Path) -> Answers:
    """A high job reads what only one executor has cached, again and again."""
    sc = spark.sparkContext
    data = sc.parallelize(range(1000), 1).map(lambda n: n + 1).persist(StorageLevel.MEMORY_ONLY)
    data.count()
    owner = ran_on(log.events(), {0})
    low, last = low_job(spark, directory, "low")
    with neptune_spark.priority("high"):
        for _ in range(3):
            assert data.sum() == 500500
    tasks = started_after(log.events(), last)
    low.finish()
    return {"owner": owner, "ran_on": ran_on(log.events(), tasks)}


def spilling(spark: SparkSession, log: EventLog, directory: Path) -> Answers:
    """One executor has spilled; high tasks that prefer no place go to the other."""
    sc = spark.sparkContext
    scheduler = neptune_spark.scheduler(spark)

    def where(_: Iterator[Any]) -> Iterator[int]:
        context = TaskContext.get()
        assert context is not None
        yield context.taskAttemptId()

    # One partition is sorted, on one executor, of several MB.
    frame = spark.range(0, 400_000, 1, 1).selectExpr("uuid() AS text").sortWithinPartitions("text")
    frame.write.format("noop").mode("overwrite").save()

    def spilled() -> list[str]:
        return [
            executor.executor_id
            for executor in scheduler.executors()
            if executor.memory is not None and executor.memory.spill_bytes_per_s > 0
        ]

    eventually(spilled, "no executor told that it had spilled")
    low, last = low_job(spark, directory, "low")
    with neptune_spark.priority("high"):
        for _ in range(3):
            sc.parallelize([0], 1).mapPartitions(where).collect()
    tasks = started_after(log.events(), last)
    low.finish()
    return {"spilled": spilled(), "ran_on": ran_on(log.events(), tasks)}


SCENARIOS = {"cached": (cached, {}), "spilling": (spilling, SPILL)}


def played(name: str, directory: Path) -> Answers:
    """What came of a scenario, in a session of its own."""
    scenario, settings = SCENARIOS[name]
    builder = (
        neptune_spark.builder(policy="lma")
        .master("local-cluster[2,1,1024]")
        .config(*QUICK_EXECUTORS)
        .config("spark.ui.enabled", "false")
        # Both executors are there before the first job.
        .config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
    )
    with session(with_event_log(builder, made(directory, "events")), settings) as spark:
        spark.sparkContext.setLogLevel("OFF")
        log = EventLog(spark.sparkContext, log_of(spark.sparkContext))
        return scenario(spark, log, directory)


def main(directory: Path) -> None:
    print(json.dumps({name: played(name, made(directory, name)) for name in SCENARIOS}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
