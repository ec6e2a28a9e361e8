"""Barrier stages that a percentage limits, before all executors have come; prints what came of
them, as JSON.

Usage: late_executors.py URL DIRECTORY, of a master with one worker of two cores.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import QUICK_EXECUTORS, PythonJob, eventually, made
from tests.integration.sessions import session
from tests.integration.standalone import Daemon

CHECK = "spark.scheduler.barrier.maxConcurrentTasksCheck"


def builder(master: str, limit: str) -> SparkSession.Builder:
    found = neptune_spark.builder().master(master).config("spark.ui.enabled", "false")
    found = found.config(*QUICK_EXECUTORS).config("spark.executor.memory", "512m")
    return found.config("spark.neptune.pool.etl.maxCores", limit)


def barrier(spark: SparkSession, directory: Path, tasks: int) -> PythonJob:
    """A job that is limited, as soon as it waits, runs or has failed."""
    job = PythonJob(spark.sparkContext, directory, None, tasks, barrier=True, pool="etl")
    pool: Any = spark.sparkContext._jsc.sc().taskScheduler().rootPool()
    eventually(
        lambda: job.result.done() or pool.getSortedTaskSetQueue().size() == 1, "no stage came"
    )
    return job


def wait_for(spark: SparkSession, cores: int) -> None:
    scheduler = neptune_spark.scheduler(spark)
    eventually(
        lambda: sum(executor.cores for executor in scheduler.executors()) == cores,
        "the executors did not come",
    )


def first_of_all(directory: Path) -> list[int]:
    """The driver is the executor, and has not offered its cores yet."""
    with session(builder("local[2]", "100%"), {}) as spark:
        job = barrier(spark, directory, 2)
        return sorted(partition for partition, _ in job.finish())


def waiting(url: str, directory: Path, late: list[Daemon]) -> list[int]:
    """The limit holds all tasks when the second executor has come."""
    with session(builder(url, "50%"), {"spark.cores.max": "4"}) as spark:
        wait_for(spark, 2)
        job = barrier(spark, directory, 2)
        words = ["--webui-port", "0", "--cores", "2", "--memory", "1g"]
        where = ["--work-dir", str(directory / "late-dir")]
        late.append(Daemon(directory, "late", "Worker", *words, *where, url))
        job.wait_until_running(2)
        return sorted(partition for partition, _ in job.finish())


def in_vain(url: str, directory: Path, own: Mapping[str, str]) -> str:
    """More executors do not come."""
    with session(builder(url, "50%"), own) as spark:
        wait_for(spark, 4)
        job = barrier(spark, directory, 4)
        eventually(job.result.done, "the barrier stage hangs")
        return str(job.result.exception())


def main(url: str, directory: Path) -> None:
    late: list[Daemon] = []
    try:
        answers = {
            "first": first_of_all(made(directory, "first")),
            "waiting": waiting(url, made(directory, "waiting"), late),
            "in vain": in_vain(
                url,
                made(directory, "in-vain"),
                {"spark.cores.max": "9", f"{CHECK}.interval": "10s", f"{CHECK}.maxFailures": "1"},
            ),
        }
    finally:
        for worker in late:
            worker.kill()
    print(json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
