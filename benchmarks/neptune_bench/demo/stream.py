"""The stream of the unified application: the query, its feeder, and what its events waited."""

from __future__ import annotations

import threading
import time

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from neptune_bench.demo.events import SCHEMA, WINDOW_S, Answer
from neptune_bench.demo.plan import DemoError, Places

STREAM_SHUFFLE_PARTITIONS = 2
STALL_S = 120.0


class Stream:
    """A running query that counts and sums events, and the arrival times of what it read.

    THREADING: `_deliver` runs on py4j's callback thread, everything else on the caller's; the
    fields below are written under `_changed`.
    """

    def __init__(self, spark: SparkSession, places: Places) -> None:
        """Start the query in a session of its own, so that its shuffle setting is its own."""
        self._changed = threading.Condition()
        self._totals: Answer = {}
        self._delivered: list[float] = []
        self._batches: list[dict[str, float]] = []
        self._places = places
        session = spark.newSession()
        session.conf.set("spark.sql.shuffle.partitions", STREAM_SHUFFLE_PARTITIONS)
        self._query = self._start(session, places)

    def _start(self, session: SparkSession, places: Places) -> StreamingQuery:
        events = session.readStream.schema(SCHEMA).json(places.landing)
        window = (F.col("ts") - F.col("ts") % WINDOW_S).alias("window")
        counted = events.groupBy(window, "key").agg(
            F.count("*").alias("events"), F.sum("value").alias("total"), F.max("seq").alias("seq")
        )
        return (
            counted.writeStream.outputMode("update")
            .foreachBatch(self._deliver)
            .option("checkpointLocation", places.checkpoint)
            .queryName("events by key and window")
            .start()
        )

    def _deliver(self, updated: DataFrame, batch: int) -> None:
        """Take one micro-batch's updated groups; its events are delivered once they are here.

        A micro-batch reads every file that has arrived, and files arrive in order: so all files up
        to the highest number seen have been delivered.
        """
        rows = updated.collect()
        now = time.time()
        with self._changed:
            newest = -1
            for row in rows:
                self._totals[(row["window"], row["key"])] = (row["events"], row["total"])
                newest = max(newest, row["seq"])
            files = newest + 1 - len(self._delivered)
            self._delivered.extend([now] * files)
            self._batches.append({"batch": batch, "delivered": now, "files": files})
            self._changed.notify_all()

    @property
    def delivered(self) -> int:
        """How many event files have been delivered so far."""
        with self._changed:
            return len(self._delivered)

    def check(self) -> None:
        """Raise DemoError if the query has ended."""
        if not self._query.isActive:
            raise DemoError(f"The streaming query ended early: {self._query.exception()}")

    def wait_for(self, files: int) -> None:
        """Wait until `files` event files have been delivered.

        Raises:
            DemoError: if the query failed, or delivered nothing for two minutes.
        """
        seen, since = -1, time.monotonic()
        while True:
            with self._changed:
                if len(self._delivered) >= files:
                    return
                self._changed.wait(1.0)
                count = len(self._delivered)
            self.check()
            if count != seen:
                seen, since = count, time.monotonic()
            elif time.monotonic() - since > STALL_S:
                raise DemoError(
                    f"The stream delivered nothing for {STALL_S:g} s, with {count} of {files} "
                    "event files delivered."
                )

    def stop(self) -> None:
        """Stop the query, not in the middle of a micro-batch's commit."""
        self._query.processAllAvailable()
        self._query.stop()

    def answer(self) -> list[list[int]]:
        """Return the aggregates as rows (window, key, events, total), sorted."""
        with self._changed:
            return sorted([*group, *values] for group, values in self._totals.items())

    def micro_batches(self) -> list[dict[str, float]]:
        """Return for each micro-batch its number, delivery time (epoch s) and number of files."""
        with self._changed:
            return list(self._batches)

    def samples(self, first: int, placed: list[float]) -> list[dict[str, float]]:
        """Return arrival, delivery (epoch s) and latency (s) of files `first`, `first` + 1, …

        Args:
            first: number of the first file wanted.
            placed: arrival times of the files from `first` on.
        """
        with self._changed:
            delivered = self._delivered[first : first + len(placed)]
        return [
            {"seq": seq, "placed": begin, "delivered": end, "latency_s": end - begin}
            for seq, (begin, end) in enumerate(zip(placed, delivered, strict=True), first)
        ]
