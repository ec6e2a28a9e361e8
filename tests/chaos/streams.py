"""Streaming queries that go on during the troubles: one with state, one with jobs of its own."""

from __future__ import annotations

import json
import threading
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import udf
from pyspark.sql.streaming.query import StreamingQuery

from tests.integration.jobs import in_background

ROWS_PER_FILE = 500
KEYS = 5
FILES_AHEAD = 5


class Streams:
    """Files that come one after the other, and what the queries make of them."""

    def __init__(self, spark: SparkSession, directory: Path) -> None:
        self._spark = spark
        self._directory = directory
        self._source = directory / "events"
        self._source.mkdir()
        self._files = 0
        self._over = threading.Event()
        self._sums: dict[int, tuple[int, int]] = {}

    @property
    def batches(self) -> int:
        """How many micro-batches the second query has done."""
        return len(self._sums)

    def start(self) -> None:
        self._write()
        self._feeder = in_background(self._feed)
        events = self._spark.readStream.schema("n long, k long").json(str(self._source))
        self._queries: list[StreamingQuery] = [
            events.groupBy("k")
            .agg({"n": "sum", "*": "count"})
            .writeStream.format("memory")
            .queryName("by_key")
            .outputMode("complete")
            .option("checkpointLocation", str(self._directory / "checkpoint"))
            .start(),
            events.writeStream.foreachBatch(self._batch).start(),
        ]

    def finish(self) -> list[str]:
        """What the queries have made wrong of the files."""
        self._over.set()
        self._feeder.result()
        for query in self._queries:
            query.processAllAvailable()
            query.stop()
        numbers = range(self._files * ROWS_PER_FILE)
        by_key = [(k, sum(numbers[k::KEYS]), len(numbers[k::KEYS])) for k in range(KEYS)]
        found = self._spark.table("by_key").selectExpr("k", "`sum(n)`", "`count(1)`").collect()
        sums = tuple(sum(column) for column in zip(*self._sums.values()))
        wrong = []
        if sorted(tuple(row) for row in found) != by_key:
            wrong.append(f"the stateful query came to {found}, and not to {by_key}")
        if sums != (len(numbers), sum(numbers)):
            wrong.append(f"foreachBatch came to {sums}, of {self._sums}")
        return wrong

    def _feed(self) -> None:
        while not self._over.wait(0.5):
            # A stream that falls behind gets batches of ever more files, each with its own task.
            if self._files < self.batches + FILES_AHEAD:
                self._write()

    def _write(self) -> None:
        start = self._files * ROWS_PER_FILE
        lines = (json.dumps({"n": n, "k": n % KEYS}) for n in range(start, start + ROWS_PER_FILE))
        # Spark must not see half a file, and it does not look at hidden ones.
        hidden = self._source / f".{self._files}"
        hidden.write_text("\n".join(lines))
        hidden.rename(self._source / f"{self._files}.json")
        self._files += 1

    def _batch(self, events: DataFrame, number: int) -> None:
        same = udf(lambda n: n, "long")
        row = events.select(same("n").alias("n")).selectExpr("count(n)", "sum(n)").collect()[0]
        self._sums[number] = (row[0], row[1] or 0)
