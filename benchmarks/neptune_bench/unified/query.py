"""A stream that is a streaming query: files are delivered at their times, whatever it does."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyspark import InheritableThread
from pyspark.errors import StreamingQueryException
from pyspark.sql import DataFrame, SparkSession

from neptune_bench.harness.feeder import Feeder, sink_of
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified.workload import Application, Sample, StreamSide

STALL_S: Final = 120.0


@dataclass(frozen=True)
class Files:
    """The files of a stream, numbered from 0.

    Args:
        spool: their directory.
        warm: how many are for the warm-up, the first ones: delivered one after the other.
        times: when each of the others is due, in seconds from the stream's begin, ascending.
    """

    spool: Path
    warm: int
    times: Sequence[float]

    def __len__(self) -> int:
        return self.warm + len(self.times)

    def path(self, number: int) -> Path:
        """Return a file's path."""
        return self.spool / f"events-{number:06d}.json"

    def write(self, rows: Callable[[int], Iterable[Mapping[str, object]]]) -> None:
        """Write all files, as JSON lines of the rows that `rows` has for each number."""
        self.spool.mkdir(parents=True)
        for number in range(len(self)):
            lines = (json.dumps(row) + "\n" for row in rows(number))
            self.path(number).write_text("".join(lines))

    def read(self) -> list[dict[str, Any]]:
        """Return the rows of all files."""
        paths = map(self.path, range(len(self)))
        return [json.loads(line) for path in paths for line in path.read_text().splitlines()]


class Query(StreamSide):
    """A streaming query whose events come in files; a sample is a file.

    A file's latency is from when it is due until the micro-batch that answers it has been taken in.

    THREADING: `take` runs on py4j's callback thread, the rest on the caller's, which reads what
    that one writes only when no micro-batch is running.
    """

    #: Name of the query.
    title: str

    def __init__(self, application: Application, files: Files, sink: str | None = None) -> None:
        """Start the query, in a session of its own, and the feeder, which waits.

        What `query` and `take` use must be there before.

        Args:
            application: where it runs.
            files: what arrives.
            sink: where the files are delivered to (see `harness.feeder`); by default, a directory
                in memory.
        """
        self._files = files
        #: When the first event may be due, in epoch seconds.
        self.start = 0.0
        self._answered: dict[int, float] = {}
        self._micro_batches = 0
        if sink is None:
            sink = str(application.fast / "events")
            Path(sink).mkdir()
        self._sink = sink
        session = application.spark.newSession()
        session.conf.set("spark.sql.shuffle.partitions", application.cores)
        self._query = (
            self.query(session, sink)
            .writeStream.outputMode("update")
            .foreachBatch(self._deliver)
            .option("checkpointLocation", str(application.fast / "checkpoint"))
            .queryName(self.title)
            .start()
        )
        schedule = [(files.path(n).name, at) for n, at in enumerate(files.times, files.warm)]
        self._feeder = Feeder(files.spool, sink, schedule, application.fast / "schedule.json")

    @abstractmethod
    def query(self, session: SparkSession, sink: str) -> DataFrame:
        """Return what is to be computed of the events that arrive in `sink`."""

    @abstractmethod
    def take(self, found: DataFrame) -> Iterable[int]:
        """Take in what a micro-batch found; return the numbers of the files that it answers."""

    def warm_up(self) -> None:
        """Have a micro-batch for each of the first files: it is these that make the driver warm."""
        deliver = sink_of(self._sink)
        for number in range(self._files.warm):
            deliver(self._files.path(number))
            self._catch_up()
        self._feeder.wait_until_ready()

    def begin(self, start: float) -> None:
        """Have the feeder begin."""
        self.start = start
        self._feeder.begin(start)

    def check(self) -> None:
        """Raise BenchmarkError if the query or the feeder has ended early."""
        if not self._query.isActive:
            raise BenchmarkError(f"The streaming query ended early: {self._query.exception()}")
        self._feeder.check()

    def end(self) -> None:
        """Wait until all that was delivered is answered; stop the query."""
        self._feeder.wait()
        self._catch_up()
        self._query.stop()

    def samples(self) -> list[Sample]:
        """Return the latency of each file since `begin`."""
        due = ((n, self.start + at) for n, at in enumerate(self._files.times, self._files.warm))
        return [Sample(at, 1000 * (self._answered[number] - at)) for number, at in due]

    def _deliver(self, found: DataFrame, _batch: int) -> None:
        numbers = list(self.take(found))
        now = time.time()
        for number in numbers:
            self._answered.setdefault(number, now)
        self._micro_batches += 1

    def _catch_up(self) -> None:
        """Wait until all that has arrived is answered.

        Raises:
            BenchmarkError: if the query fails, or ends no micro-batch for two minutes.
        """
        waiting: threading.Thread = InheritableThread(target=self._process_all, daemon=True)
        waiting.start()
        seen = -1
        while waiting.is_alive():
            if self._micro_batches == seen:
                raise BenchmarkError(f"The stream has answered nothing for {STALL_S:g} s.")
            seen = self._micro_batches
            waiting.join(STALL_S)
        self.check()

    def _process_all(self) -> None:
        # `check` says what the query failed with.
        with contextlib.suppress(StreamingQueryException):
            self._query.processAllAvailable()
