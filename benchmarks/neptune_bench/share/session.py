"""A run (see the package); a driver process (see `harness.driver`)."""

from __future__ import annotations

import random
import time
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from neptune_bench.harness import layout, sessions
from neptune_bench.harness.drivers import Report
from neptune_bench.share.figures import Sample
from neptune_bench.share.plan import ALONE, SIDES, STREAM, Plan, Side
from neptune_bench.share.starvation import Watch
from neptune_bench.share.users import Users

POLL_S: Final = 0.1
WARM_BATCHES: Final = 3
PROGRESS: Final = 100_000
"""More micro-batches than a run has."""


def session(side: Side, plan: Plan, place: Path) -> AbstractContextManager[SparkSession]:
    """Run a session as a side wants it."""
    settings = {
        **sessions.settings("share", plan.master, place),
        **layout.settings(plan),
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.streaming.numRecentProgressUpdates": str(PROGRESS),
        **side.settings,
    }
    return sessions.started(settings, {} if side.has_neptune else None)


def start_stream(spark: SparkSession, plan: Plan, pool: str, place: Path) -> StreamingQuery:
    """Start the streaming query in a pool."""
    rows = spark.readStream.format("rate").option("rowsPerSecond", plan.rows_per_s)
    counts = rows.load().selectExpr("value % 100 AS key").groupBy("key").count()
    writer = counts.writeStream.format("noop").outputMode("update")
    writer = writer.option("checkpointLocation", str(place / "checkpoint"))
    sessions.set_pool(spark, pool)
    try:
        return writer.trigger(processingTime=f"{plan.every_s:g} seconds").start()
    finally:
        sessions.set_pool(spark, None)


def await_batches(query: StreamingQuery, count: int) -> None:
    """Wait until the stream has had a number of micro-batches more."""
    wanted = len(query.recentProgress) + count
    while len(query.recentProgress) < wanted:
        # It raises what the query has failed with.
        query.awaitTermination(POLL_S)  # type: ignore[arg-type]  # it takes a float


def batches(query: StreamingQuery, begin: float, end: float) -> list[Sample]:
    """Return the micro-batches with rows that began between two moments (epoch s)."""
    found = []
    for progress in query.recentProgress:
        at = datetime.fromisoformat(progress["timestamp"].replace("Z", "+00:00")).timestamp()
        if begin <= at < end and progress["numInputRows"]:
            took_s = progress["durationMs"]["triggerExecution"] / 1000
            found.append(Sample(STREAM, STREAM, "batch", at, took_s))
    return found


def run(
    plan: Plan, place: Path, report: Report, name: str, round_number: str, data: str
) -> dict[str, Any]:
    """Return what the run has measured and computed, and the versions.

    Args:
        plan, place, report: see `harness.driver`.
        name: of the side that runs.
        round_number: of the run, from 0.
        data: directory of the tables.
    """
    side, number = SIDES[name], int(round_number)
    report(stage="starting Spark")
    with session(side, plan, place) as spark:
        report(stage="warming up")
        pools = plan.pools(number)
        users = Users(spark, plan, pools, Path(data))
        users.warm_up()
        alone = side.name == ALONE
        if alone:
            report(stage="each query alone")
            users.alone(random.Random(f"{plan.seed}:{number}"), plan.alone)
        query = start_stream(spark, plan, pools[STREAM], place)
        await_batches(query, WARM_BATCHES)
        jvm: Any = spark.sparkContext._jvm
        jvm.System.gc()
        report(stage=f"{side.name}, round {number + 1}")
        began, watch = time.time(), Watch(spark, plan.starved_s) if side.kills else None
        try:
            if alone:
                await_batches(query, plan.batches)
                ended = time.time()
            else:
                began, ended = users.run(plan.seed + number)
        finally:
            if watch is not None:
                watch.stop()
        # One that is at work counts.
        await_batches(query, 1)
        query.stop()
        samples = [*users.samples, *batches(query, began, ended)]
        return {
            "versions": sessions.versions(spark),
            "begin": began,
            "end": ended,
            "samples": [asdict(sample) for sample in samples],
            "answers": {
                length: {name: list(every.values()) for name, every in found.items()}
                for length, found in users.answers.items()
            },
        }
