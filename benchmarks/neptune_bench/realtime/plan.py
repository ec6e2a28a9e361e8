"""What a run of the benchmark does: every size and number in one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neptune_bench.harness.layout import Layout
from neptune_bench.harness.options import names, option, seeded

ALONE: Final = "alone"
BATCH_ALONE: Final = "batch-alone"
SHARED: Final = "shared"
OWN: Final = "own"
SIDES: Final = (ALONE, BATCH_ALONE, SHARED, OWN)


@dataclass(frozen=True)
class Plan(Layout):
    """Sizes and numbers of the benchmark.

    Args:
        warm_s: seconds of a run before those that count: in the first 40 the JVMs of the driver and
            of Kafka's broker still compile, with up to half of a processor.
        rows: rows of a job of the batch that the JVM counts.
        elements: records of one that Python counts.
    """

    seed: int = seeded("of events and orders")
    sides: tuple[str, ...] = option(
        SIDES, "what to run each round", name="schedulers", read=names("side", SIDES)
    )
    repeat: int = option(3, "rounds of runs")
    queries: int = option(2, "real-time queries, each with a task of its own")
    counts: bool = option(False, "one query with a shuffle instead, in two tasks (Spark 4.3)")
    kafka: bool = option(False, "events and answers by Kafka, not in memory")
    rate: float = option(100.0, "events a second, of all queries together")
    warm_s: float = 45.0
    duration_s: float = option(60.0, "seconds of a run that count", name="duration")
    rows: int = 60_000_000
    elements: int = 1_500_000

    @property
    def streams(self) -> int:
        """How many queries there are in fact."""
        return 1 if self.counts else self.queries

    @property
    def query_tasks(self) -> int:
        """How many tasks the queries have, each of which has a core as long as they run."""
        return 2 if self.counts else self.queries

    @property
    def worker_cores(self) -> int:
        """Of the worker: one for each of its processors, but as many as the queries have tasks.

        They mostly wait for events, and so may share a processor.
        """
        return max(super().worker_cores, self.query_tasks)


QUICK: Final = Plan(sides=(ALONE, BATCH_ALONE, SHARED), repeat=1, warm_s=8.0, duration_s=15.0)
