"""A run: ``python -m`` this module, ``SIDE NUMBER PLAN PLACE DATA ANSWER FD`` (see the package)."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

import neptune_spark
from neptune_bench.harness import drivers, layout, sessions
from neptune_bench.share.figures import Sample
from neptune_bench.share.plan import ALONE, SIDES, STREAM, Plan, Side
from neptune_bench.share.starvation import Watch
from neptune_bench.share.users import Users

POLL_S: Final = 0.1
WARM_BATCHES: Final = 3
PROGRESS: Final = 100_000
"""More micro-batches than a run has."""

Report = Callable[..., None]


def open_session(side: Side, plan: Plan, place: Path) -> SparkSession:
    """Start Spark as a side wants it."""
    (place / "events").mkdir()
    settings = {
        **sessions.settings("share", plan.master, str(place), str(place / "events")),
        **layout.settings(plan, plan.master),
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.streaming.numRecentProgressUpdates": str(PROGRESS),
        **side.settings,
    }
    builder = neptune_spark.builder() if side.has_neptune else SparkSession.builder
    return sessions.configured(builder, settings).getOrCreate()


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
    side: Side, number: int, plan: Plan, place: Path, data: Path, report: Report
) -> dict[str, Any]:
    """Return what the run has measured and computed, and the versions."""
    report(stage="starting Spark")
    spark = open_session(side, plan, place)
    try:
        report(stage="warming up")
        pools = plan.pools(number)
        users = Users(spark, plan, pools, data)
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
    finally:
        spark.stop()


def main(words: list[str]) -> None:
    """Run as the `words` say (see the module's docstring)."""
    name, number, plan_path, place, data, answer, descriptor = words
    with drivers.reporting(descriptor) as report:
        plan = Plan.load(Path(plan_path))
        found = run(SIDES[name], int(number), plan, Path(place), Path(data), report)
    Path(answer).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
