"""One of PySpark's features beside suspension; prints what came of it as one line of JSON.

Usage: coexistence.py SCENARIO DIRECTORY
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
from pyspark import TaskContext
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf, udf

import neptune_spark
from tests.integration.activities import Busy, section
from tests.integration.jobs import PythonJob, eventually, in_background, seen

ROWS = 20_000


def work(seconds: float = 0.0005) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def jobs(spark: SparkSession) -> dict[str, Any]:
    """Jobs that last long enough to be suspended many times: RDD, accumulator, broadcast, UDFs."""
    sc = spark.sparkContext
    counted = sc.accumulator(0)
    offsets = sc.broadcast({0: 10, 1: 20})

    def add(numbers: Iterator[int]) -> Iterator[int]:
        context = TaskContext.get()
        assert context is not None
        for number in numbers:
            work()
            counted.add(1)
            yield number + offsets.value[number % 2]

    plain = udf(lambda n: (work(0.00002), n + 1)[1], "long")
    frame = spark.range(0, ROWS, 1, 2)
    batch = pandas_udf(plus_one_batch, "long")
    return {
        "rdd": sc.parallelize(range(1000), 2).mapPartitions(add).sum(),
        "accumulator": counted.value,
        "udf": frame.select(plain("id").alias("x")).selectExpr("sum(x)").collect()[0][0],
        "pandas": frame.select(batch("id").alias("x")).selectExpr("sum(x)").collect()[0][0],
    }


def plus_one_batch(batch: pd.Series) -> pd.Series:
    work(0.15)
    return batch + 1


def chaos(spark: SparkSession, _: Path) -> dict[str, Any]:
    return jobs(spark)


def udf_profiler(spark: SparkSession, _: Path) -> dict[str, Any]:
    """The profiler of UDFs."""
    spark.conf.set("spark.sql.pyspark.udf.profiler", "perf")
    slow = udf(slow_plus_one, "long")
    total = spark.range(0, 2000, 1, 2).select(slow("id").alias("x")).selectExpr("sum(x)")
    answers = {"profiled": total.collect()[0][0]}
    profiles = spark._profiler_collector._perf_profile_results  # type: ignore[attr-defined]
    return {**answers, **calls(profiles.values())}


def rdd_profiler(spark: SparkSession, _: Path) -> dict[str, Any]:
    """The profiler of RDD functions."""
    sc = spark.sparkContext
    answers = {"profiled": sc.parallelize(range(2000), 2).map(slow_plus_one).sum()}
    ((_, profiler, _),) = sc.profiler_collector.profilers
    return {**answers, **calls([profiler.stats()])}


def calls(profiles: Iterable[Any]) -> dict[str, Any]:
    """How often `slow_plus_one` was called, as the profiles say."""
    lines = [line for profile in profiles for line in profile.stats.items()]
    return {"calls": sum(n for (_, _, name), (n, *_) in lines if name == "slow_plus_one")}


def slow_plus_one(number: int) -> int:
    work(0.0005)
    return number + 1


def memory(spark: SparkSession, _: Path) -> dict[str, Any]:
    """A task that wants more than spark.executor.pyspark.memory fails, others do not."""
    answers = jobs(spark)

    def greedy(_: Iterator[int]) -> Iterator[int]:
        yield len(bytearray(4 << 30))

    try:
        spark.sparkContext.parallelize([1], 1).mapPartitions(greedy).collect()
        answers["greedy"] = "got it"
    except Exception as error:
        answers["greedy"] = "MemoryError" if "MemoryError" in str(error) else str(error)
    return answers


def idle(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """A worker is suspended for longer than an idle one may live."""
    scheduler = neptune_spark.scheduler(spark)
    sc = spark.sparkContext
    end = directory / "end"

    def wait(partition: int, _: Iterator[int]) -> Iterator[tuple[int, int]]:
        context = TaskContext.get()
        assert context is not None
        while not end.exists():
            pass
        yield partition, context.attemptNumber()

    result = in_background(
        lambda: sc.parallelize(range(1), 1).mapPartitionsWithIndex(wait).collect()
    )
    eventually(lambda: [t.state for t in scheduler.tasks()] == ["running"], "no task")
    (task,) = scheduler.tasks()
    scheduler.suspend(task.task_id)
    eventually(lambda: scheduler.tasks()[0].suspended_s > 13, "not suspended for long")
    end.touch()
    scheduler.resume(task.task_id)
    return {"suspended": result.result(120)}


def overlong_section(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """A task stays in a section for longer than it may."""
    scheduler = neptune_spark.scheduler(spark)
    busy = Busy(spark.sparkContext, directory, section)
    (task,) = scheduler.tasks()
    scheduler.suspend(task.task_id)
    eventually(lambda: scheduler.tasks()[0].state == "suspended", "it was not suspended")
    before = busy.progress()
    total = spark.sparkContext.parallelize([1, 2], 1).sum()
    stood_still = busy.progress() == before
    scheduler.resume(task.task_id)
    busy.goes_on()
    (directory / "leave").touch()
    busy.finish()
    return {"total": total, "stood_still": stood_still}


def spares(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """How many workers there are: two at work, and those that are kept ready."""
    low = PythonJob(spark.sparkContext, directory, "low")
    low.wait_until_running()

    def workers() -> int:
        daemons = [
            process
            for process in psutil.Process().children(recursive=True)
            if "neptune_spark.worker.daemon" in seen(process.cmdline)
        ]
        return len(daemons) - 1

    before = workers()
    with neptune_spark.priority("high"):
        spark.sparkContext.parallelize([1], 1).map(lambda x: x).collect()
    # Where the high task took long to end, its own worker may have come back to full spares.
    eventually(lambda: workers() >= 4, "no spare workers were made")
    after = workers()
    low.finish()
    return {"before": before, "after": after}


CHAOS = {"spark.neptune.chaos.suspendEvery": "20ms"}
SCENARIOS: dict[str, tuple[Callable[[SparkSession, Path], dict[str, Any]], dict[str, str]]] = {
    "overlong_section": (overlong_section, {"spark.neptune.python.noSuspendMax": "300ms"}),
    "spares": (spares, {}),
    "no_reuse": (chaos, {**CHAOS, "spark.python.worker.reuse": "false"}),
    "no_daemon": (chaos, {**CHAOS, "spark.python.use.daemon": "false"}),
    "faulthandler": (
        chaos,
        {
            **CHAOS,
            "spark.python.worker.faulthandler.enabled": "true",
            "spark.sql.execution.pyspark.udf.faulthandler.enabled": "true",
        },
    ),
    "pipelined": (chaos, {**CHAOS, "spark.python.udf.pipelined.enabled": "true"}),
    "udf_profiler": (udf_profiler, CHAOS),
    "rdd_profiler": (rdd_profiler, {**CHAOS, "spark.python.profile": "true"}),
    "memory": (memory, {**CHAOS, "spark.executor.pyspark.memory": "2g"}),
    "idle": (
        idle,
        {
            "spark.python.worker.idleTimeoutSeconds": "6",
            "spark.python.worker.killOnIdleTimeout": "true",
        },
    ),
}


def main() -> None:
    scenario, settings = SCENARIOS[sys.argv[1]]
    builder = neptune_spark.builder().master("local[2]").config("spark.ui.enabled", "false")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    answers = scenario(spark, Path(sys.argv[2]))
    statistics = neptune_spark.scheduler(spark).statistics()
    answers["suspensions"] = statistics.suspensions
    answers["overdue"] = statistics.overdue
    spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
