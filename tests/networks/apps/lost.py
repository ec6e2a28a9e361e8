"""An executor that is out of reach for a while, or for good, with suspended tasks on it.

Prints as one line of JSON what came of it: lost.py DIRECTORY CONTROL HOW, with the wire's socket;
HOW is "cut", the node's link, or "stop", the executor's process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import Scheduler, TaskView
from tests.integration.jobs import GatedJob, eventually, seen
from tests.networks.links import Links

CORES = 4


class Trouble:
    """What makes an executor's node unreachable, and reachable again."""

    def __init__(self, how: str, links: Links, scheduler: Scheduler, app_id: str) -> None:
        self._how = how
        self._links = links
        self._scheduler = scheduler
        self._app_id = app_id
        self._over: Callable[[], object] = lambda: None

    def begins(self, executor_id: str) -> None:
        if self._how == "cut":
            (host,) = [e.host for e in self._scheduler.executors() if e.executor_id == executor_id]
            assert host is not None
            self._links.cut(host)
            self._over = lambda: self._links.mend(host)
        else:
            process = self._process(executor_id)
            process.suspend()
            self._over = lambda: seen(lambda: [process.resume()])

    def ends(self) -> None:
        self._over()

    def _process(self, executor_id: str) -> psutil.Process:
        (found,) = [
            process
            for process in psutil.process_iter()
            if "CoarseGrainedExecutorBackend" in (words := " ".join(seen(process.cmdline)))
            and f"--executor-id {executor_id} " in words
            and f"--app-id {self._app_id} " in words
        ]
        return found


class Scenes:
    """One after the other, each of which leaves nothing behind."""

    def __init__(self, spark: SparkSession, directory: Path, trouble: Trouble) -> None:
        self._spark = spark
        self._directory = directory
        self._trouble = trouble
        self._scheduler = neptune_spark.scheduler(spark)

    def low_job(self, name: str) -> GatedJob:
        """It has all cores."""
        low = GatedJob(self._spark, self._directory / f"low-{name}", "low", CORES)
        low.wait_until_started(*range(CORES))
        return low

    def high_job(self, name: str, partitions: int) -> GatedJob:
        return GatedJob(self._spark, self._directory / f"high-{name}", "high", partitions)

    def of_state(self, state: str) -> list[TaskView]:
        return [task for task in self._scheduler.tasks() if task.state == state]

    def executors(self) -> list[str]:
        return sorted(executor.executor_id for executor in self._scheduler.executors())

    def settled(self) -> float:
        """How many cores are lent when all tasks have ended."""
        eventually(lambda: not self._scheduler.tasks(), "a task was left behind")
        return self._scheduler.statistics().cores_lent

    def out_of_reach(self) -> dict[str, Any]:
        """What it is asked for comes late: nothing is lost, and no core is lent twice."""
        low = self.low_job("late")
        before = self.executors()
        there = low.task(0).executor_id
        self._trouble.begins(there)
        high = self.high_job("late", CORES)
        # Two cores are elsewhere.
        eventually(lambda: len(high.starts()) == 2, "the reachable executor lent no cores")
        states = {task.state for task in self._scheduler.tasks() if task.executor_id == there}
        lent = self._scheduler.statistics().cores_lent
        self._trouble.ends()
        high.wait_until_started(*range(CORES))
        lent_then = self._scheduler.statistics().cores_lent
        high_answers = high.finish()

        eventually(lambda: len(self.of_state("running")) == CORES, "they do not resume")
        victim = low.suspend(0)
        self._trouble.begins(victim.executor_id)
        self._scheduler.resume(victim.task_id)
        low.wait_until("resuming", 0)
        self._trouble.ends()
        low.wait_until("running", 0)
        low_answers = low.finish()
        return {
            "asked meanwhile": sorted(states),
            "lent meanwhile": lent,
            "lent then": lent_then,
            "answers": [high_answers, low_answers],
            "starts": [high.starts(), low.starts()],
            "lent in the end": self.settled(),
            "the same executors": before == self.executors(),
        }

    def lost(self) -> dict[str, Any]:
        """It is given up: its tasks, the suspended ones too, run elsewhere, and another comes."""
        low = self.low_job("lost")
        high = self.high_job("lost", 2)
        high.wait_until_started(0, 1)
        lost = high.task(0).executor_id
        on_it = [task for task in self._scheduler.tasks() if task.executor_id == lost]
        self._trouble.begins(lost)
        eventually(lambda: lost not in self.executors(), "the executor was not given up")
        eventually(
            lambda: len(high.starts()) == 2 + sum(task.priority > 0 for task in on_it),
            "the high job got no cores elsewhere",
        )
        beside = [low.result.done(), len(self.of_state("suspended")) > 0]
        high_answers = high.finish()
        # It learns that nobody waits for its tasks any more.
        self._trouble.ends()
        low_answers = low.finish()
        again = [task.partition for task in on_it if task.priority < 0]
        lent = self.settled()
        last = self.low_job("last")
        return {
            "suspended on it": any(task.state == "suspended" for task in on_it),
            "low job had ended, is suspended": beside,
            "answers": [high_answers, low_answers, last.finish()],
            "run again": low.starts() == sorted([*range(CORES), *again]),
            "lent": [lent, self.settled()],
        }


def main(where: str, control: str, how: str) -> None:
    spark = SparkSession.builder.getOrCreate()
    scheduler = neptune_spark.scheduler(spark)
    trouble = Trouble(how, Links(Path(control)), scheduler, spark.sparkContext.applicationId)
    scenes = Scenes(spark, Path(where), trouble)
    answers = {"out of reach": scenes.out_of_reach(), "lost": scenes.lost()}
    spark.stop()
    print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
