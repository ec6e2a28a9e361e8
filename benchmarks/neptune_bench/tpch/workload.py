"""The workload: interactive queries on a small share of the data, long ones on all of it."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from pyspark.sql import SparkSession

from neptune_bench.harness import tpch
from neptune_bench.tpch import oracle, verification
from neptune_bench.tpch.tables import LONG, SHORT, read, run_query
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.requests import Requests
from neptune_bench.unified.workload import (
    REQUESTS,
    Answers,
    Application,
    BatchSide,
    Show,
    Work,
    Workload,
    equal_steps,
)

LONG_QUERIES: Final = ("q9", "q18", "q21", "q1", "q5", "q7", "q13", "q17", "q3", "q8")
SHORT_QUERIES: Final = ("q6", "q14", "q12", "q19")
PACKAGES: Final = ("tpchgen-cli", "duckdb", "duckdb-extension-tpch")
SHORT_SHARE: Final = 0.02
FEWEST_SHORT: Final = 0.002
PARTS: Final = 4
THREADS: Final = 3
"""While the driver plans the query of one, the others must have tasks for all cores."""


def make_data(scale: float, directory: Path, show: Show) -> None:
    """Make the data of the long queries and of the short ones.

    Args:
        scale: TPC-H scale factor of the long ones' data.
        directory: where to.
        show: told what is being made.

    Raises:
        BenchmarkError: if a package is missing.
    """
    oracle.queries()
    short = max(FEWEST_SHORT, scale * SHORT_SHARE)
    for factor, place in ((short, SHORT), (scale, LONG)):
        show(f"TPC-H data, scale {factor:g}")
        tpch.generate(factor, PARTS, oracle.TABLES, directory / place)


class Interactive(Requests):
    """Queries that people wait for, on the small tables."""

    def __init__(self, application: Application) -> None:
        """Read the tables in a session of its own."""
        spark = read(application.spark, application.data / SHORT)
        spark.conf.set("spark.sql.shuffle.partitions", application.cores)
        texts = oracle.queries()

        def choose(source: random.Random) -> tuple[str, Work]:
            name = source.choice(SHORT_QUERIES)
            return name, functools.partial(run_query, spark, texts[name])

        super().__init__(application, choose)


class Analysis(BatchSide):
    """The long queries, again and again, from threads that begin at different ones."""

    def __init__(self, application: Application) -> None:
        """Read the tables in a session of its own."""
        self._spark: SparkSession = read(application.spark, application.data / LONG)
        self._spark.conf.set("spark.sql.shuffle.partitions", 2 * application.cores)
        self._texts = oracle.queries()

    def warm_up(self) -> None:
        """Run a short query and a long one."""
        for name in (SHORT_QUERIES[0], LONG_QUERIES[-1]):
            run_query(self._spark, self._texts[name])

    def threads(self) -> Sequence[Iterator[tuple[str, Work]]]:
        """Return the threads' queries."""
        return [self._from(n * len(LONG_QUERIES) // THREADS) for n in range(THREADS)]

    def _from(self, first: int) -> Iterator[tuple[str, Work]]:
        for name in itertools.islice(itertools.cycle(LONG_QUERIES), first, None):
            yield name, functools.partial(run_query, self._spark, self._texts[name])


class Tpch(Workload):
    """See the package."""

    name = "tpch"
    title = "TPC-H: interactive queries beside long ones"
    scale_unit = "TPC-H scale factor of the long queries' data"
    event_unit = "interactive queries"
    step_unit = "queries"
    arrivals = "queries at random times (a Poisson process)"
    stream_kind = REQUESTS
    stream = Interactive
    batch = Analysis

    def plan(self, quick: bool) -> Plan:
        """Return a plan of about an hour, or a quick one."""
        full = Plan(workload=self.name, scale=1.0, duration_s=80.0, rate=1.5, repeat=3)
        if not quick:
            return full
        return replace(full, scale=0.05, duration_s=5.0, warm_s=2.0, repeat=1)

    def packages(self, plan: Plan) -> Sequence[str]:
        """Return who makes the data, the texts and the answers."""
        return PACKAGES

    @contextmanager
    def prepare(self, plan: Plan, directory: Path, show: Show) -> Iterator[None]:
        """Make the data, and check all 22 queries on the small part of it."""
        make_data(plan.scale, directory, show)
        yield

    def check(self, plan: Plan, directory: Path, answers: Sequence[Answers]) -> str:
        """Compare every run's answers with DuckDB's, and those of all 22 queries."""
        equal_steps(answers)
        verification.verify(plan, directory / LONG)
        for place, names in ((SHORT, SHORT_QUERIES), (LONG, LONG_QUERIES)):
            want = oracle.answers(names, directory / place)
            for run in answers:
                found = (run.stream or {}) if place == SHORT else run.batch
                oracle.compare(found, want, run.where)
        return (
            "All 22 queries gave DuckDB's answers on the same files, with every task suspended "
            "again and again; so did all queries of all runs."
        )


WORKLOAD: Final = Tpch()
