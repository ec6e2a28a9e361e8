"""The stream side: the query, the feeder that delivers its events, and what its windows waited."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified.workload import Application, Sample, StreamSide
from neptune_bench.ysb import query
from neptune_bench.ysb.board import Board, InRedis, Memory
from neptune_bench.ysb.events import BEGIN_MS, TICK_MS, Log, chunk_name
from neptune_bench.ysb.feeder import sink_of
from neptune_bench.ysb.services import FILE, Services, make_topics

SPOOL: Final = "chunks"
FEEDER_LATE_S: Final = 120.0
POLL_S: Final = 1.0


class Stream(StreamSide):
    """Views by campaign and window.

    THREADING: `_deliver` runs on py4j's callback thread, the rest on the caller's, which reads the
    board only when no micro-batch is running.
    """

    def __init__(self, application: Application, log: Log, window_s: int) -> None:
        """Start the query in a session of its own, and the feeder, which waits.

        Args:
            application: where it runs.
            log: the events.
            window_s: length of the windows.
        """
        self._log = log
        self._window_s = window_s
        self._start = 0.0
        self._delivered = threading.Event()
        self._spool = application.data / SPOOL
        run = application.fast.name
        services = Services.load(application.data / FILE)
        self._sink = make_sink(services, run, application)
        self._board: Board = Memory() if services.redis is None else InRedis(services.redis, run)
        session = application.spark.newSession()
        session.conf.set("spark.sql.shuffle.partitions", application.cores)
        self._query = self._started(session, services, application.fast / "checkpoint")
        self._feeder = subprocess.Popen(
            [
                *(sys.executable, "-m", "neptune_bench.ysb.feeder"),
                *(str(self._spool), self._sink, "0", str(log.end)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _started(
        self, session: SparkSession, services: Services, checkpoint: Path
    ) -> StreamingQuery:
        text = query.source(session, services, self._sink)
        counted = query.counted(session, text, services, self._log.campaigns, self._window_s)
        return (
            counted.writeStream.outputMode("update")
            .foreachBatch(self._deliver)
            .option("checkpointLocation", str(checkpoint))
            .queryName("views by campaign and window")
            .start()
        )

    def _deliver(self, updated: DataFrame, _batch: int) -> None:
        rows = updated.collect()
        self._board.update((row["campaign"], row["begin_ms"], row["views"]) for row in rows)
        self._delivered.set()

    def warm_up(self) -> None:
        """Have a micro-batch for each of the first chunks, more or less, and the feeder ready."""
        sink = sink_of(self._sink)
        for number in range(self._log.first, 0):
            self._delivered.clear()
            sink(self._spool / chunk_name(number))
            while not self._delivered.wait(POLL_S):
                self.check()
        self._catch_up()
        assert self._feeder.stdout is not None
        if not self._feeder.stdout.readline():
            raise BenchmarkError("The event feeder did not start.")

    def begin(self, start: float) -> None:
        """Let the feeder begin."""
        self._start = start
        assert self._feeder.stdin is not None
        self._feeder.stdin.write(f"{start!r}\n")
        self._feeder.stdin.flush()

    def check(self) -> None:
        """Raise BenchmarkError if the query or the feeder has ended early."""
        if not self._query.isActive:
            raise BenchmarkError(f"The streaming query ended early: {self._query.exception()}")
        if self._feeder.poll() not in (None, 0):
            raise BenchmarkError(f"The event feeder failed with {self._feeder.returncode}.")

    def end(self) -> None:
        """Wait until all events are counted; stop the query."""
        try:
            self._feeder.communicate(timeout=FEEDER_LATE_S)
        except subprocess.TimeoutExpired:
            self._feeder.kill()
            raise BenchmarkError(
                f"The event feeder was {FEEDER_LATE_S:g} s late: use a lower --rate."
            ) from None
        self.check()
        self._catch_up()
        self._query.stop()

    def samples(self) -> list[Sample]:
        """Return each campaign's window: its end, and how long after it the count was complete."""
        found = []
        for (_, begin_ms), (_, updated) in self._board.windows().items():
            end_ms = begin_ms + self._window_s * 1000 - BEGIN_MS
            if 0 < end_ms <= self._log.end * TICK_MS:
                end = self._start + end_ms / 1000
                found.append(Sample(end, max(0.0, updated - end) * 1000))
        return sorted(found, key=lambda sample: sample.arrival)

    def answer(self) -> object:
        """Return rows (campaign, begin of the window in epoch ms, views)."""
        return sorted([*window, views] for window, (views, _) in self._board.windows().items())

    def _catch_up(self) -> None:
        try:
            self._query.processAllAvailable()
        except StreamingQueryException as error:
            raise BenchmarkError(f"The streaming query failed: {error}") from error


def make_sink(services: Services, run: str, application: Application) -> str:
    """Make a directory or a topic for the events of a run; return it as `feeder` names it."""
    if services.kafka is None:
        directory = application.fast / "events"
        directory.mkdir()
        return str(directory)
    make_topics(services.kafka, [run], application.cores)
    return f"{run}@{services.kafka}"
