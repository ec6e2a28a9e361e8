"""Stages that are retried, pauses and lost executors while tasks are suspended; prints what came.

Usage: disturbed.py DIRECTORY
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from pyspark import RDD
from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import QUICK_EXECUTORS, GatedJob, eventually, executor_process

PAUSE_S = 1.0


class Scenarios:
    """One after the other, in one session."""

    def __init__(self, spark: SparkSession, directory: Path) -> None:
        self.spark = spark
        self.directory = directory
        self.scheduler = neptune_spark.scheduler(spark)

    def job(self, name: str, level: Any, partitions: int = 2, **more: Any) -> GatedJob:
        return GatedJob(self.spark, self.directory / name, level, partitions, **more)

    def executors(self) -> set[str]:
        return {executor.executor_id for executor in self.scheduler.executors()}

    def fetch_failure(self) -> dict[str, Any]:
        """The map output that a suspended task has read is lost before another wants it."""

        def shuffled() -> RDD[int]:
            numbers = self.spark.sparkContext.parallelize(range(300), 2)
            return numbers.map(lambda n: (n % 3, n)).partitionBy(3).values()

        job = self.job("reading", "low", 3, source=shuffled)
        job.wait_until_started(0, 1)
        task = job.suspend(0)
        for place in executor_process(task.executor_id).environ()["SPARK_EXECUTOR_DIRS"].split(":"):
            for file in Path(place).rglob("shuffle_*"):
                file.unlink()
        # Task 2 finds out, and both unfinished partitions are tried once more.
        job.end(1)
        eventually(lambda: job.starts().count(0) == 2, "the stage was not retried")
        old, new = sorted(job.tasks(0), key=lambda attempt: attempt.task_id)
        states = [old.state, new.state]
        attempts = [old.stage_attempt, new.stage_attempt]
        self.scheduler.resume(task.task_id)
        eventually(lambda: job.tasks(0)[0].state == "running", "the old attempt did not resume")
        return {"states": states, "retried": attempts[1] > attempts[0], "answers": job.finish()}

    def paused_driver(self) -> dict[str, Any]:
        """The driver's JVM stands still, as in a long collection, while its executors answer."""
        driver = self.spark.sparkContext._gateway.proc.pid
        low = self.job("low", "low")
        low.wait_until_started(0, 1)
        high = self.job("high", "high")
        pause(driver)
        high.wait_until_started(0, 1)
        states = [low.task(partition).state for partition in (0, 1)]
        high.end(0, 1)
        pause(driver)
        for partition in (0, 1):
            low.wait_until("running", partition)
        answers = [high.finish(), low.finish()]
        return {"states": states, "answers": answers, "starts": [high.starts(), low.starts()]}

    def decommissioned(self) -> dict[str, Any]:
        """An executor goes when its suspended task has ended, and another comes."""
        low = self.job("staying", "low")
        low.wait_until_started(0, 1)
        high = self.job("passing", "high")
        high.wait_until_started(0, 1)
        before = self.executors()
        going = low.task(0).executor_id
        jvm: Any = self.spark.sparkContext._jvm
        backend = self.spark.sparkContext._jsc.sc().schedulerBackend()
        why = jvm.org.apache.spark.scheduler.ExecutorDecommissionInfo(
            "a test", jvm.scala.Option.empty()
        )
        accepted = backend.decommissionExecutor(going, why, False, False)
        eventually(lambda: self.executors() == before - {going}, "it is still offered")
        state = low.task(0).state
        high.end(0, 1)
        for partition in (0, 1):
            low.wait_until("running", partition)
        answers = [high.finish(), low.finish()]
        eventually(lambda: len(self.executors()) == 2, "no other executor came")
        return {
            "accepted": accepted,
            "state": state,
            "answers": answers,
            "starts": [high.starts(), low.starts()],
            "replaced": going not in self.executors(),
        }

    def on_the_new_executor(self) -> dict[str, Any]:
        """Its tasks are suspended and resumed like any."""
        low = self.job("again", "low")
        low.wait_until_started(0, 1)
        high = self.job("bypassing", "high")
        high.wait_until_started(0, 1)
        states = [low.task(partition).state for partition in (0, 1)]
        high.finish()
        low.finish()
        return {"states": states, "starts": [high.starts(), low.starts()]}


def pause(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(PAUSE_S)
    finally:
        os.kill(pid, signal.SIGCONT)


def main() -> None:
    (directory,) = sys.argv[1:]
    spark = (
        neptune_spark.builder()
        .master("local-cluster[2,1,1024]")
        .config(*QUICK_EXECUTORS)
        .config("spark.ui.enabled", "false")
        .config("spark.decommission.enabled", "true")
        .config("spark.shuffle.io.maxRetries", "0")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    scenarios = Scenarios(spark, Path(directory))
    acts = (
        scenarios.fetch_failure,
        scenarios.paused_driver,
        scenarios.decommissioned,
        scenarios.on_the_new_executor,
    )
    answers: dict[str, Any] = {act.__name__: act() for act in acts}
    eventually(lambda: not scenarios.scheduler.tasks(), "a task was left behind")
    answers["cores_lent"] = scenarios.scheduler.statistics().cores_lent
    spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
