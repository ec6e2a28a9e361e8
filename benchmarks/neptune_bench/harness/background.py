"""Jobs that a session has all the time, until they are told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Final

from pyspark.sql import SparkSession

import neptune_spark
from neptune_bench.harness.program import BenchmarkError

GROUP: Final = "background"
POLL_S: Final = 0.01
PATIENCE_S: Final = 120.0


class Background:
    """Acts of which each submits jobs, again and again, in a thread of its own."""

    def __init__(
        self, spark: SparkSession, acts: tuple[Callable[[], object], ...], level: str | None
    ) -> None:
        """Start the threads; see `background`."""
        self._spark, self._level = spark, level
        self._over = threading.Event()
        self._failures: list[Exception] = []
        self._threads = [
            threading.Thread(target=self._run, args=(act,), daemon=True) for act in acts
        ]
        for thread in self._threads:
            thread.start()

    def check(self) -> None:
        """Raise BenchmarkError if a job has failed."""
        if self._failures:
            raise BenchmarkError(f"The load failed: {self._failures[0]}.") from self._failures[0]

    def wait_for_cores(self) -> None:
        """Wait until tasks hold all cores of the session.

        Raises:
            BenchmarkError: if a job fails, or they don't within two minutes.
        """
        limit, scheduler = time.monotonic() + PATIENCE_S, neptune_spark.scheduler(self._spark)
        while scheduler.statistics().tasks_running < self._spark.sparkContext.defaultParallelism:
            self.check()
            if time.monotonic() > limit:
                raise BenchmarkError("The load does not run on all cores.")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Cancel the jobs, and wait for the end of the threads."""
        self._over.set()
        for thread in self._threads:
            while thread.is_alive():
                # Again and again: it may be between two jobs.
                self._spark.sparkContext.cancelJobGroup(GROUP)
                thread.join(POLL_S)

    def _run(self, act: Callable[[], object]) -> None:
        try:
            self._spark.sparkContext.setJobGroup(GROUP, "what holds the cores")
            with neptune_spark.priority(self._level) if self._level else nullcontext():
                while not self._over.is_set():
                    act()
        except Exception as failure:
            if not self._over.is_set():
                self._failures.append(failure)


@contextmanager
def background(
    spark: SparkSession, *acts: Callable[[], object], level: str | None = "low"
) -> Iterator[Background]:
    """Have a session's jobs beside what is measured; cancel them at the end.

    Args:
        spark: a session with Neptune.
        acts: what submits the jobs.
        level: their priority; None for the default.
    """
    load = Background(spark, acts, level)
    try:
        yield load
    finally:
        load.stop()
