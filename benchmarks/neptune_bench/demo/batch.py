"""The batch of the unified application: TPC-H queries and a training job, from two threads."""

from __future__ import annotations

import datetime
import decimal
import functools
import time
from collections.abc import Callable

from pyspark import InheritableThread, SparkContext
from pyspark.sql import SparkSession

from neptune_bench.demo import training
from neptune_bench.demo.plan import PYTHON, SQL, Places, Plan
from neptune_bench.demo.queries import QUERIES, TABLES
from neptune_bench.harness.eventlog import SIDE_PROPERTY

WARM_QUERY = "q6"

Cell = int | float | str | None


def plain(value: object) -> Cell:
    """Return `value` as JSON holds it without loss: decimals and dates become strings."""
    if value is None or isinstance(value, int | float | str):
        return value
    if isinstance(value, decimal.Decimal | datetime.date):
        return str(value)
    raise TypeError(f"A query returned a {type(value).__name__}, which the demo cannot compare.")


def run_query(spark: SparkSession, name: str) -> list[list[Cell]]:
    """Run TPC-H query `name` and return its rows."""
    return [[plain(value) for value in row] for row in spark.sql(QUERIES[name]).collect()]


def train_round(
    context: SparkContext, seed: int, samples: int, weights: training.Weights
) -> training.Weights:
    """Run one training round, two Python tasks per core, and return the new weights."""
    tasks = 2 * context.defaultParallelism
    function = training.trainer(seed, samples, weights)
    learned = context.parallelize(range(tasks), tasks).mapPartitionsWithIndex(function).collect()
    return training.average(learned)


class Batch:
    """A fixed amount of work in two threads.

    `answers` (rows by step), `steps` (name, begin, end in epoch s) and `failures` are complete once
    `wait` has returned.
    """

    def __init__(self, spark: SparkSession, plan: Plan, places: Places) -> None:
        """Name the tables of `places`; nothing runs yet."""
        self._spark = spark
        self._plan = plan
        self.answers: dict[str, list[list[Cell]]] = {}
        self.steps: list[tuple[str, float, float]] = []
        self.failures: list[BaseException] = []
        self.started = 0.0
        for table in TABLES:
            spark.read.parquet(f"{places.tables}/{table}").createOrReplaceTempView(table)
        self._threads = [
            InheritableThread(target=self._guarded, args=(SQL, self._queries)),
            InheritableThread(target=self._guarded, args=(PYTHON, self._training)),
        ]

    @property
    def total(self) -> int:
        """How many steps (queries and rounds) the batch has."""
        return len(self._plan.queries) + self._plan.rounds

    @property
    def ended(self) -> float:
        """When the last step so far ended (epoch s; 0 before)."""
        return max((end for _, _, end in self.steps), default=0.0)

    @property
    def running(self) -> bool:
        """Whether a thread is still at work."""
        return any(thread.is_alive() for thread in self._threads)

    def warm_up(self) -> None:
        """Load the classes and start the Python workers: one query, one short training round."""
        run_query(self._spark, WARM_QUERY)
        train_round(self._spark.sparkContext, self._plan.seed, 1000, training.start())

    def start(self) -> None:
        """Start both threads."""
        self.started = time.time()
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Wait for both threads; raise the first failure, if any."""
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise self.failures[0]

    def _guarded(self, side: str, work: Callable[[], None]) -> None:
        try:
            self._spark.sparkContext.setLocalProperty(SIDE_PROPERTY, side)
            work()
        except BaseException as failure:
            # Handed to the main thread, which is the one that can end the run.
            self.failures.append(failure)

    def _step(self, name: str, work: Callable[[], list[list[Cell]]]) -> None:
        begin = time.time()
        self.answers[name] = work()
        self.steps.append((name, begin, time.time()))

    def _queries(self) -> None:
        for name in self._plan.queries:
            self._step(name, functools.partial(run_query, self._spark, name))

    def _training(self) -> None:
        weights = training.start()

        def one_round() -> list[list[Cell]]:
            nonlocal weights
            plan = self._plan
            weights = train_round(
                self._spark.sparkContext, plan.seed, plan.samples_per_task, weights
            )
            return [[*weights]]

        for number in range(1, self._plan.rounds + 1):
            self._step(f"training {number}", one_round)
