"""Tasks suspended for longer than every time-out, on executors that come and go; prints what came.

Usage: long_suspensions.py DIRECTORY
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration import by_hand
from tests.integration.activities import Busy, c_call_beside_a_program
from tests.integration.jobs import PATIENCE_S, QUICK_EXECUTORS, GatedJob, eventually

#: No task is slow that has been running for less.
MIN_RUNTIME_S = 3
NETWORK_TIMEOUT_S = 6
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.executor.cores": "1",
    "spark.dynamicAllocation.enabled": "true",
    "spark.dynamicAllocation.shuffleTracking.enabled": "true",
    "spark.dynamicAllocation.initialExecutors": "1",
    "spark.dynamicAllocation.executorIdleTimeout": "1s",
    "spark.dynamicAllocation.schedulerBacklogTimeout": "1s",
    "spark.speculation": "true",
    "spark.speculation.interval": "50ms",
    "spark.speculation.quantile": "0.75",
    "spark.speculation.multiplier": "1.5",
    "spark.speculation.minTaskRuntime": f"{MIN_RUNTIME_S}s",
    "spark.task.reaper.enabled": "true",
    "spark.task.reaper.pollingInterval": "200ms",
    "spark.task.reaper.killTimeout": "2s",
    "spark.network.timeout": f"{NETWORK_TIMEOUT_S}s",
    "spark.network.timeoutInterval": "1s",
    "spark.executor.heartbeatInterval": "1s",
}


class Scenarios:
    """One after the other, in one session."""

    def __init__(self, spark: SparkSession, directory: Path) -> None:
        self.spark = spark
        self.directory = directory
        self.scheduler = neptune_spark.scheduler(spark)

    def executors(self) -> set[str]:
        return {executor.executor_id for executor in self.scheduler.executors()}

    def dynamic_allocation(self) -> dict[str, Any]:
        """An executor comes for what is pending, and goes; one with suspended tasks stays."""
        low = GatedJob(self.spark, self.directory / "low", "low", 1)
        low.wait_until_started(0)
        home = low.task(0).executor_id
        high = GatedJob(self.spark, self.directory / "high", "high", 2)
        high.wait_until_started(0)
        while_alone = (self.executors() == {home}, low.task(0).state)
        high.wait_until_started(1)
        added = self.executors() - {home}
        placed = [high.task(0).executor_id == home, high.task(1).executor_id in added]
        task = low.suspend(0)
        answers = high.finish()
        eventually(lambda: not added & self.executors(), "the idle executor was not removed")
        kept = (self.executors() == {home}, low.task(0).state)
        self.scheduler.resume(task.task_id)
        return {
            "while_alone": while_alone,
            "placed": placed,
            "kept": kept,
            "answers": [len(answers), len(low.finish())],
            "starts": [high.starts(), low.starts()],
        }

    def speculation(self) -> dict[str, Any]:
        """One task is suspended from its start, one for a while; the others are quick."""
        job = GatedJob(self.spark, self.directory / "speculation", "low", 4)
        first = job.suspend(0)
        second = job.suspend(1)
        scheduler = self.spark.sparkContext._jsc.sc().taskScheduler()
        manager = scheduler.taskSetManagerForAttempt(first.stage_id, first.stage_attempt).get()

        def slow_tasks() -> int:
            scheduler.checkSpeculatableTasks()
            return int(manager.speculatableTasks().size())

        def suspended_for(partition: int, seconds: float) -> float:
            eventually(lambda: job.task(partition).suspended_s > seconds, "it is not suspended")
            return job.task(partition).suspended_s

        # In the end it has been there for long, but has hardly been running.
        held_ms = suspended_for(1, MIN_RUNTIME_S) * 1000
        self.scheduler.resume(second.task_id)
        job.end(1)
        eventually(lambda: manager.tasksSuccessful() == 1, "the task did not end")
        second_ms = manager.taskInfos().apply(second.task_id).duration()
        median_ms = manager.successfulTaskDurations().percentile()
        job.end(2, 3)
        eventually(lambda: manager.tasksSuccessful() == 3, "the other tasks did not end")
        suspended_for(0, NETWORK_TIMEOUT_S + 1)
        while_suspended = slow_tasks()
        self.scheduler.resume(first.task_id)
        job.wait_until_started(0)
        when_resumed = slow_tasks()
        # It runs and runs: now it is slow.
        eventually(lambda: slow_tasks() == 1, "it was not found slow")
        return {
            "while_suspended": while_suspended,
            "when_resumed": when_resumed,
            # For events and the UI, it has taken as long as it has.
            "second_took_longer": second_ms >= held_ms,
            "second_discounted": median_ms <= second_ms - held_ms + 1,
            "answers": len(job.finish()),
            "starts": job.starts(),
        }

    def reaper(self) -> dict[str, Any]:
        """Killed tasks that do not end cost their executor its life."""
        job = GatedJob(self.spark, self.directory / "reaper", "low", 2, group="doomed")
        for partition in (0, 1):
            job.suspend(partition)
        before = self.executors()
        self.spark.sparkContext.cancelJobGroup("doomed")
        failed = job.result.exception(PATIENCE_S) is not None
        eventually(lambda: not self.scheduler.tasks(), "a suspended task outlived its job")
        return {"failed": failed, "survived": before <= self.executors()}

    def stop(self) -> dict[str, Any]:
        """The session stops while one task is suspended at its gate, another by signal."""
        (self.directory / "busy").mkdir()
        busy = Busy(self.spark.sparkContext, self.directory / "busy", c_call_beside_a_program)
        (task,) = self.scheduler.tasks()
        by_hand.suspend(self.scheduler, task.task_id)
        job = GatedJob(self.spark, self.directory / "stop", "high", 1)
        job.wait_until_started(0)
        job.suspend(0)
        self.spark.stop()
        return {"failed": [j.result.exception(PATIENCE_S) is not None for j in (busy, job)]}


def main() -> None:
    (directory,) = sys.argv[1:]
    builder = neptune_spark.builder().master("local-cluster[2,1,1024]")
    for key, value in [*SETTINGS.items(), QUICK_EXECUTORS]:
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    scenarios = Scenarios(spark, Path(directory))
    acts = (scenarios.dynamic_allocation, scenarios.speculation, scenarios.reaper, scenarios.stop)
    answers = {act.__name__: act() for act in acts}
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
