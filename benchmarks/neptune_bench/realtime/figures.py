"""What the runs say: latencies, and what the batch has done. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from neptune_bench.harness import results
from neptune_bench.harness.figures import percentile
from neptune_bench.realtime.plan import ALONE, BATCH_ALONE, Plan


@dataclass(frozen=True)
class Run:
    """A driver process.

    Args:
        side: what it ran.
        number: which round it belongs to.
        latencies_ms: of each event that counts.
        jobs_per_s: jobs of the batch, those counted in part that were only partly within the time.
        cores: processors that it used on average, of those that tasks run on: where the driver has
            none of its own, its work and the feeding included. None if some are on other machines.
        suspensions: of batch tasks.
    """

    side: str
    number: int
    latencies_ms: tuple[float, ...]
    jobs_per_s: float
    cores: float | None
    suspensions: int

    def at(self, q: float) -> float:
        """Return a percentile of the latencies."""
        return percentile(self.latencies_ms, q)


@dataclass(frozen=True)
class Beside:
    """A side with queries and batch, against both alone; medians, and least and greatest.

    Args:
        p50, p99: latency, over that of the queries alone.
        kept: work of the batch, over what the processor time of the queries alone leaves of what it
            does alone; None if that is not known.
    """

    p50: tuple[float, float, float]
    p99: tuple[float, float, float]
    kept: tuple[float, float, float] | None


@dataclass(frozen=True)
class Result(results.Result):
    """All runs.

    Args:
        plan: sizes and numbers.
        cores: those of all executors.
        runs: in the order in which they were made.
    """

    plan: Plan
    cores: int
    runs: tuple[Run, ...]

    def of(self, side: str) -> list[Run]:
        """Return the runs of a side, in order of rounds."""
        return sorted((run for run in self.runs if run.side == side), key=lambda run: run.number)

    @property
    def processors(self) -> int:
        """How many processors those cores have: a worker may have fewer than cores."""
        return len(self.plan.worker_processors) or self.cores

    @property
    def together(self) -> list[str]:
        """The sides with queries and batch."""
        return [side for side in self.plan.sides if side not in (ALONE, BATCH_ALONE)]

    def beside(self, side: str) -> Beside:
        """Return the ratios of a side, which are taken within each round."""
        rounds = list(
            zip(self.of(ALONE), self.of(BATCH_ALONE), self.of(side), strict=True),
        )
        work = [kept(alone, batch, both, self.processors) for alone, batch, both in rounds]
        known = [value for value in work if value is not None]
        return Beside(
            spread([both.at(50) / alone.at(50) for alone, _, both in rounds]),
            spread([both.at(99) / alone.at(99) for alone, _, both in rounds]),
            spread(known) if len(known) == len(work) else None,
        )


def kept(alone: Run, batch: Run, both: Run, processors: int) -> float | None:
    """Return what the batch has done, over what it could have in the time that is left.

    None if the queries leave nothing, or nobody knows how much.
    """
    if alone.cores is None:
        return None
    left = 1 - alone.cores / processors
    if left <= 0:
        return None
    return both.jobs_per_s / (batch.jobs_per_s * left)


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median, the least and the greatest."""
    return statistics.median(values), min(values), max(values)


def within(spans: Sequence[tuple[float, float]], begin: float, end: float) -> float:
    """Return how many of the jobs' time spans are within a time, parts of them included."""
    parts = (
        max(0.0, min(stop, end) - max(start, begin)) / (stop - start)
        for start, stop in spans
        if stop > start
    )
    return sum(parts)
