"""The users: each has a pool of its own, and asks long queries or short ones."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from pyspark import InheritableThread
from pyspark.sql import SparkSession

from neptune_bench.harness.eventlog import SIDE_PROPERTY
from neptune_bench.share.figures import Sample
from neptune_bench.share.plan import Plan
from neptune_bench.tpch import oracle
from neptune_bench.tpch.oracle import Cell
from neptune_bench.tpch.tables import LONG, SHORT, read, run_query
from neptune_bench.tpch.workload import LONG_QUERIES, SHORT_QUERIES
from neptune_bench.unified.requests import arrivals

HORIZON_S: Final = 3600.0
"""Seconds for which moments of short queries are drawn: more than any run takes."""


class Users:
    """All users of a session.

    THREADING: each long user has a thread. Each short one has a thread that waits for the moments,
    and starts another for each query, so that a user who is not answered sends the next one all
    the same. `samples`, `answers` and `failures` are complete once all have been joined.
    """

    def __init__(
        self, spark: SparkSession, plan: Plan, pools: Mapping[str, str], data: Path
    ) -> None:
        """Read the tables from `data`, for users who have these pools."""
        self._pools = pools
        self._plan = plan
        self._context = spark.sparkContext
        cores = spark.sparkContext.defaultParallelism
        self._sessions = {LONG: read(spark, data / LONG), SHORT: read(spark, data / SHORT)}
        for length, partitions in ((LONG, 2 * cores), (SHORT, cores)):
            self._sessions[length].conf.set("spark.sql.shuffle.partitions", partitions)
        self._texts = oracle.queries()
        self._over = threading.Event()
        self._changed = threading.Lock()
        self.samples: list[Sample] = []
        self.answers: dict[str, dict[str, dict[str, list[list[Cell]]]]] = {LONG: {}, SHORT: {}}
        self.failures: list[BaseException] = []

    def queries(self, number: int) -> list[str]:
        """Return the long queries of a user: the same for all, who begin at different ones."""
        every = [LONG_QUERIES[n % len(LONG_QUERIES)] for n in range(self._plan.queries)]
        first = number * len(every) // self._plan.long_users
        return every[first:] + every[:first]

    def warm_up(self) -> None:
        """Run each query, short ones several times, and nothing of it counts."""
        self._one_after_the_other(self._every(self._plan.warm))
        self.samples.clear()

    def alone(self, source: random.Random, times: int) -> None:
        """Run each query alone, some times, in random order."""
        every = self._every(1)
        self._one_after_the_other(source.sample(every * times, len(every) * times))

    def _every(self, short: int) -> list[tuple[str, str]]:
        """Return each long query, and each short one some times."""
        long = [(LONG, name) for name in sorted(set(self.queries(0)))]
        return long + [(SHORT, name) for name in SHORT_QUERIES] * short

    def _one_after_the_other(self, queries: Iterable[tuple[str, str]]) -> None:
        for length, name in queries:
            self._ask("", length, name, time.time())

    def run(self, seed: int) -> tuple[float, float]:
        """Have all users at work until the long ones are done; return its begin and end, epoch s.

        Args:
            seed: of the short queries, and of their moments.

        Raises:
            Exception: the first that a query has failed with.
        """
        began = time.time()
        long = [self._thread(self._one_by_one, n) for n in range(self._plan.long_users)]
        short = [
            self._thread(self._at_random, user, random.Random(f"{seed}:{user}"), began)
            for user in self._plan.short_names
        ]
        for thread in long:
            thread.join()
        ended = time.time()
        self._over.set()
        for thread in short:
            thread.join()
        if self.failures:
            raise self.failures[0]
        return began, ended

    def _one_by_one(self, number: int) -> None:
        user = self._plan.long_names[number]
        self._be(user)
        for name in self.queries(number):
            self._ask(user, LONG, name, time.time())

    def _at_random(self, user: str, source: random.Random, began: float) -> None:
        self._be(user)
        sent = []
        for at in arrivals(source.randrange(1 << 30), self._plan.rate, HORIZON_S):
            due, name = began + at, source.choice(SHORT_QUERIES)
            if self._over.wait(max(0.0, due - time.time())):
                break
            # It inherits the user's pool.
            sent.append(self._thread(self._ask, user, SHORT, name, due))
        for thread in sent:
            thread.join()

    def _be(self, user: str) -> None:
        """Have this thread's jobs be a user's."""
        self._context.setLocalProperty("spark.scheduler.pool", self._pools[user])
        self._context.setLocalProperty(SIDE_PROPERTY, user)

    def _ask(self, user: str, length: str, name: str, due: float) -> None:
        answer = run_query(self._sessions[length], self._texts[name])
        sample = Sample(user, length, name, due, time.time() - due)
        with self._changed:
            self.samples.append(sample)
            self.answers[length].setdefault(name, {})[json.dumps(answer)] = answer

    def _thread(self, act: Callable[..., None], *words: object) -> InheritableThread:
        def guarded() -> None:
            try:
                act(*words)
            except BaseException as failure:
                # Handed to the main thread, which is the one that can end the run.
                self.failures.append(failure)
                self._over.set()

        thread = InheritableThread(target=guarded)
        thread.start()
        return thread
