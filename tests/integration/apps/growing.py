"""Jobs under dynamic allocation; prints how many executors there were, and for whom, as JSON.

Usage: growing.py suspended|killed|limited|idle DIRECTORY, on a master with room for two executors.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Callable, Dict

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import GatedJob, eventually

Answers = Dict[str, Any]


class Cluster:
    """The executors of the application, as Neptune and Spark's allocation see them."""

    def __init__(self, spark: SparkSession) -> None:
        self._scheduler = neptune_spark.scheduler(spark)
        self._allocation: Any = spark.sparkContext._jsc.sc().executorAllocationManager().get()

    def executors(self) -> list[str]:
        return [executor.executor_id for executor in self._scheduler.executors()]

    def wait_for(self, count: int) -> list[str]:
        eventually(lambda: len(self.executors()) == count, f"there are not {count} executors")
        return self.executors()

    def target(self) -> int:
        """How many executors Spark wants, of the default profile."""
        return int(self._allocation.numExecutorsTargetPerResourceProfileId().apply(0))

    def wait_for_target(self, count: int) -> None:
        eventually(lambda: self.target() == count, f"the target is not {count}")

    def wait_until_needed(self, count: int) -> None:
        """Until the tasks of the default profile that Spark counts would fill so many."""
        needed = self._allocation.maxNumExecutorsNeededPerResourceProfile
        eventually(lambda: needed(0) == count, f"not {count}, but {needed(0)} are needed")


def suspended(spark: SparkSession, directory: Path) -> Answers:
    cluster = Cluster(spark)
    low = GatedJob(spark, directory / "low", "low", 1)
    low.wait_until_started(0)
    (old,) = cluster.executors()
    answers: Answers = {"at first": cluster.target()}
    first = GatedJob(spark, directory / "first", "high", 1)
    first.wait_until_started(0)
    low.wait_until("suspended", 0)
    both = cluster.wait_for(2)
    answers["with a suspended task"] = cluster.target()
    second = GatedJob(spark, directory / "second", "high", 1)
    second.wait_until_started(0)
    places = [view.executor_id for view in neptune_spark.scheduler(spark).tasks()]
    answers["low, first and second"] = ["old" if place == old else "new" for place in places]
    first.finish()
    answers["resumed where it was"] = low.wait_until("running", 0).executor_id == old
    answers["second goes on"] = not second.result.done()
    second.finish()
    answers["kept"] = cluster.wait_for(1) == [old] and old in both
    cluster.wait_for_target(1)
    answers["low"] = low.finish()
    answers["starts"] = low.starts()
    return answers


def killed(spark: SparkSession, directory: Path) -> Answers:
    cluster = Cluster(spark)
    low = GatedJob(spark, directory / "low", "low", 1)
    low.wait_until_started(0)
    high = GatedJob(spark, directory / "high", "high", 1)
    high.wait_until_started(0)
    eventually(lambda: low.starts() == [0, 0], "the killed task did not start again")
    answers: Answers = {"target": cluster.target(), "high goes on": not high.result.done()}
    answers["elsewhere"] = low.task(0).executor_id != high.task(0).executor_id
    high.finish()
    answers["low"] = low.finish()
    return answers


def limited(spark: SparkSession, directory: Path) -> Answers:
    cluster, scheduler = Cluster(spark), neptune_spark.scheduler(spark)
    few = GatedJob(spark, directory / "few", "low", 4, group="few")
    few.wait_until_started(0)
    cluster.wait_until_needed(1)
    other = GatedJob(spark, directory / "other", "low", 1)
    other.wait_until_started(0)
    answers: Answers = {"target": cluster.target()}
    answers["executors with tasks"] = len({view.executor_id for view in scheduler.tasks()})
    answers["limited jobs"] = scheduler.set_limit(rule="few", max_tasks=3)
    cluster.wait_until_needed(4)
    scheduler.set_limit(rule="few")
    cluster.wait_until_needed(2)
    answers["other"] = other.finish()
    cluster.wait_until_needed(1)
    answers["left"] = len(cluster.wait_for(1))
    answers["few"] = few.finish()
    cluster.wait_until_needed(0)
    return answers


def idle(spark: SparkSession, directory: Path) -> Answers:
    cluster = Cluster(spark)
    job = GatedJob(spark, directory / "job", "low", 2)
    job.wait_until_started(0, 1)
    place, other = (job.task(partition).executor_id for partition in (0, 1))
    job.suspend(0)
    job.end(1)
    # That one's executor has been idle for less long than the other could be said to have been.
    answers: Answers = {"elsewhere": other != place, "left": cluster.wait_for(1) == [place]}
    answers["state"] = job.task(0).state
    neptune_spark.scheduler(spark).resume(job.task(0).task_id)
    answers["job"] = job.finish()
    answers["starts"] = job.starts()
    return answers


SCENARIOS: dict[str, Callable[[SparkSession, Path], Answers]] = {
    "suspended": suspended,
    "killed": killed,
    "limited": limited,
    "idle": idle,
}


def main(name: str, directory: Path) -> None:
    spark = SparkSession.builder.getOrCreate()
    answers = SCENARIOS[name](spark, directory)
    scheduler = neptune_spark.scheduler(spark)
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
