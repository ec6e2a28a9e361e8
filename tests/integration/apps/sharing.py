"""Jobs of one priority that share the cores by an order; prints what came of them.

Usage: sharing.py SCENARIO DIRECTORY
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import EventLog, PythonJob, eventually

Answers = Dict[str, Any]

ALLOCATIONS = """<allocations>
  <pool name="one"><weight>1</weight></pool>
  <pool name="three"><weight>3</weight></pool>
  <pool name="b"><weight>1</weight></pool>
  <pool name="c"><weight>1</weight></pool>
  <pool name="assured"><weight>1</weight><minShare>2</minShare></pool>
</allocations>
"""
QUANTUM_S = 0.2


def quick_job(spark: SparkSession) -> int:
    """Two stages: two tasks, then one."""
    return int(spark.range(0, 1000, 1, 2).selectExpr("sum(id)").collect()[0][0])


def made(directory: Path, name: str) -> Path:
    (directory / name).mkdir()
    return directory / name


def bypass(spark: SparkSession, directory: Path) -> Answers:
    """A long job holds all cores, and a short one comes, of the same priority."""
    (path,) = (directory / "events").glob(f"*{spark.sparkContext.applicationId}*")
    log = EventLog(spark.sparkContext, path)
    scheduler = neptune_spark.scheduler(spark)
    long = PythonJob(spark.sparkContext, made(directory, "long"), None)
    long.wait_until_running()
    held = [task.task_id for task in scheduler.tasks()]
    answers: Answers = {"quick": [quick_job(spark) for _ in range(3)]}
    answers["long_done_before"] = long.result.done()
    answers["decisions"] = [
        (decision.priority, sorted(victim.task_id for victim in decision.victims), victim.reason)
        for decision in scheduler.decisions()
        for victim in decision.victims
    ]
    before = [long.progress(0), long.progress(1)]
    eventually(lambda: all(long.progress(p) > before[p] for p in (0, 1)), "a task stands still")
    answers["bound_used"] = max(task.bound_used for task in scheduler.tasks())
    answers["long"] = sorted(partition for partition, _ in long.finish())
    answers["starts"] = sorted(long.starts())
    answers["suspended"] = sorted(
        {task for what, task in log.of_tasks() if what == "suspended"} & set(held)
    )
    answers["attempts"] = sorted(set(log.attempts()))
    answers["held"] = held
    return answers


def waits(spark: SparkSession, directory: Path) -> Answers:
    """The same, when nothing is set: the short job waits for a core."""
    scheduler = neptune_spark.scheduler(spark)
    long = PythonJob(spark.sparkContext, made(directory, "long"), None)
    long.wait_until_running()
    short = PythonJob(spark.sparkContext, made(directory, "short"), None)
    tracker = spark.sparkContext.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 2, "the short job did not come")
    before = long.progress(0)
    eventually(lambda: long.progress(0) > before, "it stands still")
    answers: Answers = {"short": sorted(short.running())}
    long.finish()
    short.finish()
    answers["suspensions"] = scheduler.statistics().suspensions
    return answers


def shares(spark: SparkSession, directory: Path, *pools: str) -> Answers:
    """Each pool has a job that could use all cores; which core-seconds they have held."""
    scheduler = neptune_spark.scheduler(spark)
    jobs: Dict[str, PythonJob] = {}
    for pool in pools:
        jobs[pool] = PythonJob(spark.sparkContext, made(directory, pool), None, pool=pool)
        jobs[pool].wait_until_running(1)
    began = core_seconds(spark, jobs)
    end = time.monotonic() + 40 * QUANTUM_S
    eventually(lambda: time.monotonic() >= end, "time stands still")
    held = {pool: after - began[pool] for pool, after in core_seconds(spark, jobs).items()}
    answers: Answers = {"held": held}
    # None ends before all may: what is assured to one may be all that there is.
    for pool in pools:
        (directory / pool / "stop").touch()
    for job in jobs.values():
        job.finish()
    statistics = scheduler.statistics()
    answers["starts"] = [sorted(job.starts()) for job in jobs.values()]
    answers["suspensions"] = statistics.suspensions
    answers["cores_lent"] = statistics.cores_lent
    return answers


def core_seconds(spark: SparkSession, jobs: Dict[str, PythonJob]) -> Dict[str, float]:
    view = spark.sparkContext._jsc.sc().taskScheduler().neptune()
    used = {row["party"]: float(row["used_core_s"]) for row in json.loads(view.shares())}
    return {pool: used[f"pool {pool}"] for pool in jobs}


SCENARIOS: Dict[str, Callable[[SparkSession, Path], Answers]] = {
    "feedback": bypass,
    "fair": bypass,
    "spark": waits,
    "weights": lambda spark, directory: shares(spark, directory, "one", "three"),
    "thirds": lambda spark, directory: shares(spark, directory, "one", "b", "c"),
    "assured": lambda spark, directory: shares(spark, directory, "three", "assured"),
}
ORDERS = {"feedback": "feedback", "spark": "spark"}


def main(name: str, directory: Path) -> None:
    (directory / "events").mkdir()
    (directory / "pools.xml").write_text(ALLOCATIONS)
    builder = (
        neptune_spark.builder()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", (directory / "events").as_uri())
        .config("spark.eventLog.compress", "false")
        .config("spark.eventLog.rolling.enabled", "false")
        .config("spark.neptune.order", ORDERS.get(name, "fair"))
        .config("spark.neptune.order.quantum", f"{int(QUANTUM_S * 1000)}ms")
    )
    if name not in ("feedback", "spark", "fair"):
        builder = builder.config("spark.scheduler.mode", "FAIR").config(
            "spark.scheduler.allocation.file", (directory / "pools.xml").as_uri()
        )
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    quick_job(spark)
    if name == "fair":
        spark.sparkContext.setLocalProperty("spark.scheduler.pool", "short")
    print(json.dumps(SCENARIOS[name](spark, directory)))
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
