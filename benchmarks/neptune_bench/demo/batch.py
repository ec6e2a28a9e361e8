"""The batch of the demo: TPC-H queries from one thread, and a training job from another."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Final

from pyspark import SparkContext, cloudpickle

from neptune_bench.demo import training
from neptune_bench.demo.queries import QUERIES
from neptune_bench.tpch.tables import read, run_query
from neptune_bench.unified.workload import Application, BatchSide, Work

WARM_QUERY: Final = "q6"
WARM_SAMPLES: Final = 1000


def train_round(
    context: SparkContext, seed: int, samples: int, weights: training.Weights
) -> training.Weights:
    """Run one training round, two Python tasks per core, and return the new weights."""
    tasks = 2 * context.defaultParallelism
    function = training.trainer(seed, samples, weights)
    learned = context.parallelize(range(tasks), tasks).mapPartitionsWithIndex(function).collect()
    return training.average(learned)


class Fixed(BatchSide):
    """The plan's queries and rounds, once each."""

    def __init__(self, application: Application) -> None:
        """Read the tables in a session of its own."""
        self._plan = application.plan
        self._context = application.spark.sparkContext
        self._session = read(application.spark, application.data)
        self.steps = len(self._plan.options["queries"]) + self._plan.options["rounds"]
        # The workers of another machine have no `neptune_bench`.
        cloudpickle.register_pickle_by_value(training)  # type: ignore[no-untyped-call]  # It has no types.

    def warm_up(self) -> None:
        """Load the classes and start the Python workers: one query, one short training round."""
        run_query(self._session, QUERIES[WARM_QUERY])
        train_round(self._context, self._plan.seed, WARM_SAMPLES, training.start())

    def threads(self) -> Sequence[Iterator[tuple[str, Work]]]:
        """Return the thread of the queries, and that of the training."""
        names = self._plan.options["queries"]
        queries = ((name, functools.partial(self._run, name)) for name in names)
        return [queries, self._training()]

    def _run(self, name: str) -> object:
        return run_query(self._session, QUERIES[name])

    def _training(self) -> Iterator[tuple[str, Work]]:
        weights = training.start()
        samples = self._plan.options["samples_per_task"]

        def one_round() -> object:
            nonlocal weights
            weights = train_round(self._context, self._plan.seed, samples, weights)
            return weights

        for number in range(1, self._plan.options["rounds"] + 1):
            yield f"training {number}", one_round
