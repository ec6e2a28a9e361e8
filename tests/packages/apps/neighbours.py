"""Jobs that run beside an application, and check their own answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from types import TracebackType

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import in_background

CORES = 2
ROWS = 300_000


class Neighbour:
    """Runs one round of jobs after another in a thread of its own, until its `with` block ends."""

    #: Lower or higher than whatever an application may give its own jobs.
    level: int
    pause_s: float

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._over = threading.Event()
        self.rounds = 0

    def __enter__(self) -> Neighbour:
        self._result = in_background(neptune_spark.priority(self.level)(self._run))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        # It fails here if a round had a wrong answer.
        self._result.result()

    def round(self) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        while not self._over.wait(self.pause_s):
            self.round()
            self.rounds += 1


class Urgent(Neighbour):
    """Short jobs on all cores, of the JVM and of Python in turns."""

    level = 100
    pause_s = 0.1

    def round(self) -> None:
        row = self._spark.range(0, ROWS, 1, CORES).selectExpr("sum(hash(id) % 7)").collect()[0]
        sc = self._spark.sparkContext
        ones = sc.parallelize(range(CORES), CORES).mapPartitions(_busy(0.03)).sum()
        assert (row[0] is not None, ones) == (True, CORES)


class Endless(Neighbour):
    """Jobs that have a task on every core, as good as always."""

    level = -100
    pause_s = 0.0

    def round(self) -> None:
        sc = self._spark.sparkContext
        ones = sc.parallelize(range(2 * CORES), 2 * CORES).mapPartitions(_busy(1.0)).sum()
        assert ones == 2 * CORES


def _busy(seconds: float) -> object:
    def work(_: Iterator[int]) -> Iterator[int]:
        # Of its own processor time, so that a suspension makes it last longer.
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass
        yield 1

    return work


#: What an application's own jobs have by default, and what runs beside them.
NEIGHBOURS: dict[str, tuple[str, type[Neighbour]]] = {
    "high": ("low", Urgent),
    "low": ("high", Endless),
}
