"""Decommissions an executor that has a suspended task; prints what became of its tasks, as JSON.

Usage: leaving.py driver|signal DIRECTORY, on a master with two executors of one core each. It is
done by the signal that executors take for it, or as the driver does it; then the task is suspended
manually, too.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

import psutil
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import TaskError, TaskView
from tests.integration.jobs import EventLog, GatedJob, eventually

OURS = "org.apache.spark.neptune.driver.SparkListenerTask"


def decommission(spark: SparkSession, executor_id: str) -> None:
    sc = spark.sparkContext
    jvm: Any = sc._jvm
    none = jvm.scala.Option.apply(None)
    info = jvm.org.apache.spark.scheduler.ExecutorDecommissionInfo("as a test says", none)
    # What the allocation client of every cluster's backend has.
    assert sc._jsc.sc().schedulerBackend().decommissionExecutor(executor_id, info, False, False)


def send_signal(spark: SparkSession, executor_id: str) -> None:
    (executor,) = (
        view
        for view in neptune_spark.scheduler(spark).executors()
        if view.executor_id == executor_id
    )
    # The daemon's parent, which is the workers'.
    jvm = psutil.Process(executor.python_workers[0].pid).parent().parent()
    jvm.send_signal(signal.SIGPWR)


def highs(spark: SparkSession) -> list[TaskView]:
    return [view for view in neptune_spark.scheduler(spark).tasks() if view.priority == 10]


def refusal(spark: SparkSession, task: TaskView) -> str:
    try:
        neptune_spark.scheduler(spark).suspend(task.task_id)
    except TaskError as error:
        return str(error)
    return ""


def told(log: EventLog, names: dict[int, str], executor_id: str) -> list[str]:
    """What the event log has of these tasks and the executor, in order."""
    found = []
    for event in log.events():
        kind = event["Event"].replace(OURS, "").replace("SparkListener", "")
        task = names.get(event.get("taskId", event.get("Task Info", {}).get("Task ID")))
        if task is not None and kind != "TaskGettingResult":
            end = event.get("Task End Reason", {}).get("Reason", "")
            found.append(" ".join([task, kind, event.get("reason", end)]).strip())
        elif kind == "ExecutorRemoved" and event["Executor ID"] == executor_id:
            found.append("executor removed")
    return found


def main(how: str, directory: Path) -> None:
    spark = SparkSession.builder.getOrCreate()
    sc = spark.sparkContext
    scheduler = neptune_spark.scheduler(spark)
    (path,) = (directory / "events").glob(f"*{sc.applicationId}*")
    log = EventLog(sc, path)

    low = GatedJob(spark, directory / "low", "low", 2)
    low.wait_until_started(0, 1)
    first = GatedJob(spark, directory / "first", "high", 1)
    first.wait_until_started(0)
    beside = first.task(0)
    (mine,) = (p for p in (0, 1) if low.task(p).executor_id == beside.executor_id)
    task = low.wait_until("suspended", mine)
    leaving = task.executor_id
    if how == "driver":
        scheduler.suspend(task.task_id)
        decommission(spark, leaving)
    else:
        eventually(
            lambda: any(
                v.python_workers for v in scheduler.executors() if v.executor_id == leaving
            ),
            "the executor tells of no worker",
        )
        send_signal(spark, leaving)
    low.wait_until("running", mine)
    (beside,) = highs(spark)
    answers: dict[str, Any] = {"beside a high task": beside.state == "running"}

    second = GatedJob(spark, directory / "second", "high", 1)
    second.wait_until_started(0)
    (after,) = (view for view in highs(spark) if view.task_id != beside.task_id)
    answers["the next high task is elsewhere"] = after.executor_id != leaving
    answers["suspended for it"] = low.wait_until("suspended", 1 - mine).executor_id != leaving
    answers["still running"] = low.task(mine).state == "running"
    answers["refusal"] = refusal(spark, task)

    first.finish()
    low.end(mine)
    names = {task.task_id: "low", beside.task_id: "high"}
    eventually(lambda: "executor removed" in told(log, names, leaving), "the executor did not end")
    answers["told"] = told(log, names, leaving)
    second.finish()
    answers["low"] = low.finish()
    answers["attempts"] = sorted(set(log.attempts()))
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
