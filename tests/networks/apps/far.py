"""High jobs and a stream on far executors, first alone, then beside a batch on all cores.

Prints as one line of JSON what came of it: far.py DIRECTORY CONTROL DELAY_S ROUNDS, with the wire's
socket, the time that a packet takes there, and how many jobs of each kind there are.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import PATIENCE_S, GatedJob, eventually, in_background
from tests.networks.links import WORKERS, Links

CORES = 4
ROWS_PER_BATCH = 100
#: More than a test will ever wait for, at a sleep of 5 ms for every 200.
ROWS = 40_000_000


def python_job(spark: SparkSession) -> None:
    with neptune_spark.priority("high"):
        assert spark.sparkContext.parallelize(range(100), 2).map(lambda n: n).sum() == 4950


def sql_job(spark: SparkSession) -> None:
    """Two stages, so that what one executor has written crosses the network to the other."""
    with neptune_spark.priority("high"):
        counts = spark.range(0, 1000, 1, 2).selectExpr("id % 3 AS rest").groupBy("rest").count()
        assert sorted(counts.collect()) == [(0, 334), (1, 333), (2, 333)]


def times_s(act: Callable[[SparkSession], None], spark: SparkSession, rounds: int) -> list[float]:
    took_s = []
    for _ in range(rounds):
        begun_s = time.monotonic()
        act(spark)
        took_s.append(time.monotonic() - begun_s)
    return took_s


def stream(
    spark: SparkSession, directory: Path, name: str, rounds: int
) -> tuple[list[float], bool]:
    """How long its batches took, and whether its answer is right."""
    rows = (
        spark.readStream.format("rate-micro-batch")
        .option("rowsPerBatch", ROWS_PER_BATCH)
        .option("numPartitions", 2)
        .load()
    )
    query = (
        rows.writeStream.format("memory")
        .queryName(name)
        .option("checkpointLocation", str(directory / name))
        .start()
    )
    eventually(
        lambda: (query.lastProgress or {"batchId": 0})["batchId"] > rounds or query.exception(),
        f"{name} did not get on",
    )
    took_s = [p["durationMs"]["triggerExecution"] / 1000 for p in query.recentProgress]
    query.stop()
    values = sorted(row.value for row in spark.table(name).collect())
    whole = len(values) // ROWS_PER_BATCH
    right = whole >= rounds and values == list(range(whole * ROWS_PER_BATCH))
    # The first one waits for classes to be loaded.
    return took_s[1 : rounds + 1], right


def jvm_batch(spark: SparkSession) -> int:
    """A job of the JVM, of two tasks that get on slowly until `tell_the_batch`."""
    system = "java_method('java.lang.System', 'getProperty', 'neptune.test.end')"
    sleep = "java_method('java.lang.Thread', 'sleep', 5L)"
    mark = f"CASE WHEN id % 200 = 0 THEN CASE WHEN {system} = 'null' THEN {sleep} END END"
    with neptune_spark.priority("low"):
        rows = spark.range(0, ROWS, 1, 2).selectExpr("id", f"{mark} AS mark")
        (row,) = rows.selectExpr("sum(id % 11)", "count(mark)").collect()
    return int(row[0])


def expected_of_jvm_batch() -> int:
    whole, rest = divmod(ROWS, 11)
    return whole * sum(range(11)) + sum(range(rest))


def tell_the_batch(spark: SparkSession) -> None:
    say = "java_method('java.lang.System', 'setProperty', 'neptune.test.end', 'now')"
    with neptune_spark.priority("high"):
        spark.range(0, CORES, 1, CORES).selectExpr(say).collect()


def main(where: str, control: str, delay_s: str, jobs: str) -> None:
    spark = SparkSession.builder.getOrCreate()
    directory, rounds = Path(where), int(jobs)
    scheduler = neptune_spark.scheduler(spark)
    links = Links(Path(control))
    # Both executors have what every job needs.
    first = GatedJob(spark, directory / "first", "high", CORES)
    first.wait_until_started(*range(CORES))
    first.finish()
    for act in (python_job, sql_job):
        act(spark)
    for worker in WORKERS:
        links.far(worker, float(delay_s))

    python_alone = times_s(python_job, spark, rounds)
    sql_alone = times_s(sql_job, spark, rounds)
    stream_alone, right_alone = stream(spark, directory, "alone", rounds)
    low_python = GatedJob(spark, directory / "low", "low", 2)
    low_jvm = in_background(lambda: jvm_batch(spark))
    eventually(lambda: len(scheduler.tasks()) == CORES, "the batch got no cores")
    low_python.wait_until_started(0, 1)
    python_beside = times_s(python_job, spark, rounds)
    sql_beside = times_s(sql_job, spark, rounds)
    stream_beside, right_beside = stream(spark, directory, "beside", rounds)
    figures = scheduler.statistics()
    latencies = (figures.suspend_latency, figures.resume_latency, figures.suspend_round_trip)
    answers: dict[str, Any] = {
        # The batch can't end before it is told to: what others did was done on its cores.
        "high jobs took place meanwhile": not (low_python.result.done() or low_jvm.done()),
        "streams are right": [right_alone, right_beside],
        "suspensions": figures.suspensions,
        "rescues": figures.rescues,
        "seconds": max(each.max_s for each in latencies),
        "python_s": [python_alone, python_beside],
        "sql_s": [sql_alone, sql_beside],
        "stream_s": [stream_alone, stream_beside],
    }
    while not low_jvm.done():
        tell_the_batch(spark)
    answers["python batch"] = sorted(low_python.finish())
    answers["JVM batch is right"] = low_jvm.result(PATIENCE_S) == expected_of_jvm_batch()
    answers["starts"] = low_python.starts()
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    last = GatedJob(spark, directory / "last", "low", CORES)
    # All cores are there, for all tasks at once.
    last.wait_until_started(*range(CORES))
    last.finish()
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    answers["cores lent"] = scheduler.statistics().cores_lent
    answers["lost packets"] = sum(links.lost(worker) for worker in WORKERS)
    spark.stop()
    print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
