"""Threads that run jobs at three priorities until they are told to end, and look at the answers."""

from __future__ import annotations

import itertools
import random
import sys
import threading
from collections import Counter

from pyspark.sql import SparkSession

import neptune_spark
from tests.chaos.work import Jobs
from tests.integration.jobs import in_background

LEVELS = ("low", "low", "normal", "normal", "high")


class Load:
    """The running jobs, each of a job group of its own, by which it may be cancelled."""

    def __init__(self, spark: SparkSession, seed: int) -> None:
        self.jobs = Jobs(spark)
        self.wrong: list[str] = []
        self.counts: Counter[str] = Counter()
        self._sc = spark.sparkContext
        self._seed = seed
        self._numbers = itertools.count()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._cancelled: set[str] = set()

    def start(self) -> None:
        self._threads = [
            in_background(lambda level=level, number=number: self._run(level, number))  # type: ignore[misc]  # the defaults bind
            for number, level in enumerate(LEVELS)
        ]

    def finish(self) -> None:
        """No new jobs; returns when all have ended, and nothing is cached any more."""
        self._over.set()
        for thread in self._threads:
            thread.result()
        self.jobs.forget_cached()

    def cancel(self, chance: random.Random) -> bool:
        """Cancels one of the jobs, if there is any."""
        with self._lock:
            if not self._running:
                return False
            group = chance.choice(sorted(self._running))
            self._cancelled.add(group)
        self._sc.cancelJobGroup(group)
        return True

    def _run(self, level: str, number: int) -> None:
        chance = random.Random(f"{self._seed} load {number}")
        jobs = sorted(self.jobs.all().items())
        while not self._over.is_set():
            name, (job, answer) = chance.choice(jobs)
            group = f"{name} {next(self._numbers)}"
            interrupt = chance.random() < 0.5
            self._sc.setJobGroup(group, f"chaos: {name}", interruptOnCancel=interrupt)
            with self._lock:
                self._running.add(group)
            try:
                with neptune_spark.priority(level):
                    found = job()
                if found != answer:
                    self._complain(f"{group} came to {found!r} and not to {answer!r}")
                self.counts[name] += 1
            except Exception as error:
                with self._lock:
                    cancelled = group in self._cancelled
                if not cancelled:
                    self._complain(f"{group} failed: {error}")
                self.counts["cancelled"] += 1
            finally:
                with self._lock:
                    self._running.discard(group)

    def _complain(self, sentence: str) -> None:
        """At once too: the run may hang before it comes to its end."""
        self.wrong.append(sentence)
        print(f"WRONG: {sentence}", file=sys.stderr)
