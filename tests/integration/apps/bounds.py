"""Jobs under a bound or in another mode of preemption; prints what came of them.

Usage: bounds.py DIRECTORY SCENARIO...

Each has a session of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Dict

from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark._events import RESUMED, SUSPENDED
from tests.integration.jobs import (
    PATIENCE_S,
    EventLog,
    PythonJob,
    eventually,
    in_background,
    log_of,
    made,
    with_event_log,
)
from tests.integration.sessions import session

Answers = Dict[str, Any]


def quick_job(spark: SparkSession) -> int:
    return int(spark.range(0, 1000, 1, 2).selectExpr("sum(id)").collect()[0][0])


def times(spark: SparkSession, directory: Path) -> Answers:
    log = EventLog(spark.sparkContext, log_of(spark.sparkContext))
    low = PythonJob(spark.sparkContext, made(directory, "low"), "low")
    low.wait_until_running()
    scheduler = neptune_spark.scheduler(spark)
    partition_of = {t.task_id: t.partition for t in scheduler.tasks()}
    jobs: list[int] = []

    def endless() -> None:
        while not low.result.done():
            jobs.append(quick_job(spark))

    high = in_background(neptune_spark.priority("high")(endless))
    eventually(lambda: scheduler.statistics().suspensions == 6, "they were suspended less often")
    before = [low.progress(0), low.progress(1)]
    eventually(lambda: all(low.progress(p) > before[p] for p in (0, 1)), "a task stands still")
    counts = low.finish()
    high.result(PATIENCE_S)
    found: dict[str, list[int]] = {"0": [], "1": []}
    for event in log.events():
        if event["Event"] == SUSPENDED:
            found[str(partition_of[event["taskId"]])].append(event["times"])
    return {
        "low": sorted(partition for partition, _ in counts),
        "starts": sorted(low.starts()),
        "times": found,
        "high_jobs": len(jobs),
    }


def time(spark: SparkSession, directory: Path) -> Answers:
    log = EventLog(spark.sparkContext, log_of(spark.sparkContext))
    scheduler = neptune_spark.scheduler(spark)
    sc = spark.sparkContext
    low = PythonJob(sc, made(directory, "low"), "low", partitions=1)
    low.wait_until_running(1)
    high = PythonJob(sc, made(directory, "high"), "high", partitions=1)
    high.wait_until_running(1)
    eventually(lambda: scheduler.statistics().resumed_at_bound == 1, "it was held up for ever")
    before, other = low.progress(0), high.progress(0)
    eventually(lambda: low.progress(0) > before and high.progress(0) > other, "one stands still")
    higher = PythonJob(sc, made(directory, "higher"), "high", partitions=1)
    tracker = sc.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 3, "the third job did not come")
    again = low.progress(0)
    eventually(lambda: low.progress(0) > again, "it was suspended once more")
    answers: Answers = {"while_high_ran": not high.result.done()}
    for job in (low, high, higher):
        job.finish()
    answers["reasons"] = [e["reason"] for e in log.events() if e["Event"] == RESUMED]
    statistics = scheduler.statistics()
    answers["resumed_at_bound"] = statistics.resumed_at_bound
    answers["suspensions"] = statistics.suspensions
    answers["cores_lent"] = statistics.cores_lent
    return answers


def kill(spark: SparkSession, directory: Path) -> Answers:
    low = PythonJob(spark.sparkContext, made(directory, "low"), "low")
    low.wait_until_running()
    answers: Answers = {}
    with neptune_spark.priority("high"):
        for _ in range(3):
            answers["high"] = quick_job(spark)
    answers["low_done_before_high"] = low.result.done()
    answers["low"] = sorted(partition for partition, _ in low.finish())
    answers["starts"] = low.starts()
    statistics = neptune_spark.scheduler(spark).statistics()
    answers["kills"] = statistics.kills
    answers["wasted"] = statistics.wasted_task_s
    answers["suspensions"] = statistics.suspensions
    return answers


def none(spark: SparkSession, directory: Path) -> Answers:
    log = EventLog(spark.sparkContext, log_of(spark.sparkContext))
    sc = spark.sparkContext
    low = PythonJob(sc, made(directory, "low"), "low", partitions=4)
    low.wait_until_running()
    high = PythonJob(sc, made(directory, "high"), "high")
    tracker = sc.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 2, "the high job did not come")
    waited = high.running() == set()
    (directory / "high" / "stop").touch()
    low.finish()
    high.result.result(PATIENCE_S)
    stages: list[int] = []
    for event in log.events():
        if event["Event"] == "SparkListenerTaskStart":
            stages.append(event["Stage ID"])
    statistics = neptune_spark.scheduler(spark).statistics()
    return {
        "waited": waited,
        "order": ["low" if stage == min(stages) else "high" for stage in stages],
        "suspensions": statistics.suspensions,
        "kills": statistics.kills,
    }


SCENARIOS: dict[str, tuple[Callable[[SparkSession, Path], Answers], str, dict[str, str]]] = {
    "times": (times, "local[2]", {"spark.neptune.maxSuspensions": "3"}),
    "time": (time, "local[1]", {"spark.neptune.maxSuspendedTime": "1500ms"}),
    "kill": (kill, "local[2]", {"spark.neptune.preemption": "kill"}),
    "none": (none, "local[2]", {"spark.neptune.preemption": "none"}),
}


def played(name: str, directory: Path) -> Answers:
    """What came of a scenario."""
    scenario, master, settings = SCENARIOS[name]
    builder = neptune_spark.builder().master(master).config("spark.ui.enabled", "false")
    with session(with_event_log(builder, made(directory, "events")), settings) as spark:
        spark.sparkContext.setLogLevel("OFF")
        answers = scenario(spark, directory)
        scheduler = neptune_spark.scheduler(spark)
        eventually(lambda: not scheduler.tasks(), "a task was left behind")
    return answers


def main(directory: Path, *names: str) -> None:
    print(json.dumps({name: played(name, made(directory, name)) for name in names}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
