"""What a session does all the time, and only as far as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyspark.sql import DataFrame, SparkSession

from neptune_bench.harness.program import BenchmarkError

LOOK_S: Final = 1.0
NO_MORE: Final = 1 << 20


@contextmanager
def beside(act: Callable[[], object]) -> Iterator[None]:
    """Act again and again in a thread of its own, until the end of the context and of the last act.

    Raises:
        BenchmarkError: at the end, if one has failed.
    """
    over = threading.Event()
    failures: list[Exception] = []

    def repeat() -> None:
        try:
            while not over.is_set():
                act()
        except Exception as failure:
            failures.append(failure)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failures:
        raise BenchmarkError(f"What runs beside has failed: {failures[0]}.") from failures[0]


class Stream:
    """A stateful query that has as many micro-batches as it is told to, and then stands still."""

    def __init__(self, spark: SparkSession, place: Path) -> None:
        """Start it, with its checkpoint in a directory."""
        self._allowed, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._over = False

        def batch(frame: DataFrame, _: int) -> None:
            self._allowed.acquire()
            if not self._over:
                frame.write.format("noop").mode("append").save()
                self._done.release()

        rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", "20").load()
        counts = rows.selectExpr("value % 10 AS key").groupBy("key").count()
        writer = counts.writeStream.foreachBatch(batch).outputMode("update")
        writer = writer.option("checkpointLocation", str(place))
        self._query = writer.trigger(processingTime="0 seconds").start()

    def advance(self, batches: int) -> None:
        """Have so many more micro-batches, and wait for their ends.

        Raises:
            BenchmarkError: if the query ends.
        """
        self._allowed.release(batches)
        for _ in range(batches):
            while not self._done.acquire(timeout=LOOK_S):
                if not self._query.isActive:
                    raise BenchmarkError(f"The query has ended: {self._query.exception()}.")

    def stop(self) -> None:
        """End it."""
        self._over = True
        self._allowed.release(NO_MORE)
        self._query.stop()
