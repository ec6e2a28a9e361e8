"""Structured Streaming: aggregations with state, appended rows, and Python functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession

FILES = 3
ROWS_PER_FILE = 30_000


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """Runs each query over all files, one file a micro-batch."""
    source = directory / "events"
    source.mkdir()
    for file in range(FILES):
        events = (
            {"n": n, "k": n * 31 % 13, "at": f"2024-01-01T00:{file:02d}:{n % 60:02d}"}
            for n in range(file * ROWS_PER_FILE, (file + 1) * ROWS_PER_FILE)
        )
        (source / f"{file}.json").write_text("\n".join(map(json.dumps, events)))
    events = (
        spark.readStream.schema("n long, k long, at timestamp")
        .option("maxFilesPerTrigger", 1)
        .json(str(source))
    )
    windows = events.withWatermark("at", "10 seconds").groupBy("k", _window()).count()
    return {
        "complete": _run(events.groupBy("k").agg({"n": "sum", "*": "count"}), "complete"),
        "append": _run(windows.selectExpr("k", "string(w.start)", "count"), "append"),
        "python": _run(events.mapInPandas(_thousands, "t long"), "append"),
        "each_batch": _each_batch(events),
    }


def _window() -> Any:
    from pyspark.sql.functions import window

    return window("at", "1 minute").alias("w")


def _run(frame: DataFrame, mode: str) -> list[list[Any]]:
    query = frame.writeStream.format("memory").queryName("result").outputMode(mode).start()
    query.processAllAvailable()
    batches = sum(1 for p in query.recentProgress if p["numInputRows"])
    query.stop()
    rows = sorted(list(row) for row in frame.sparkSession.table("result").collect())
    return [[batches], *rows]


def _thousands(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for batch in batches:
        yield pd.DataFrame({"t": [n for n in batch["n"] if n % 1000 == 0]})


def _each_batch(events: DataFrame) -> list[list[int]]:
    found: list[list[int]] = []

    def tell(batch: DataFrame, number: int) -> None:
        row = batch.selectExpr("count(*)", "sum(n)").collect()[0]
        found.append([number, *row, int(batch.rdd.map(lambda event: event.k).sum())])

    query = events.writeStream.foreachBatch(tell).start()
    query.processAllAvailable()
    query.stop()
    return found
