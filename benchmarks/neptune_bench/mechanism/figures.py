"""What was measured, as records, and how measurements become figures. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from neptune_bench.harness import bootstrap, results
from neptune_bench.harness.bootstrap import Interval
from neptune_bench.harness.figures import percentile
from neptune_bench.mechanism.plan import Plan


@dataclass(frozen=True)
class Distribution:
    """A distribution of times, in milliseconds."""

    count: int
    p50: float
    p99: float
    max: float


@dataclass(frozen=True)
class Latency:
    """How long it took to suspend and to resume one kind of task, at one size of record.

    Args:
        variant, kind, size_us: what was suspended (see `mechanism.plan`).
        suspend_ms, resume_ms: from the request to its acknowledgement.
        moved: suspensions after whose acknowledgement the task still did a record; None if that
            was not looked at.
        samples_ms: every suspension and resumption, in order, where each was measured.
    """

    variant: str
    kind: str
    size_us: int
    suspend_ms: Distribution
    resume_ms: Distribution
    moved: int | None = None
    samples_ms: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ratio:
    """How many times as long something takes as its base.

    Args:
        ratio: the median of the pairs' ratios: what differs from pair to pair, as the machine's
            mood, is in both sides of each.
        least, greatest: of these ratios.
        mean: their geometric mean.
        interval: where that lies; None of a single pair.
    """

    ratio: float
    least: float
    greatest: float
    mean: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True)
class Cost:
    """What the mechanism costs when nobody suspends.

    Args:
        name: the variant, or the job.
        size_us: size of the records; None for a job of Spark's.
        base_s, seconds: medians of the pairs: without the mechanism, and with it.
        ratio: of the two sides of each pair.
        pairs: all of them.
    """

    name: str
    size_us: int | None
    base_s: float
    seconds: float
    ratio: Ratio
    pairs: list[tuple[float, float]]


@dataclass(frozen=True)
class Result(results.Result):
    """All that a run found.

    Args:
        plan: what was asked for.
        jvm: what the driver of the suspended JVM tasks says beside their latencies.
        latencies: of worker processes, and of JVM tasks.
        worker_costs: of a record, in seconds of processor time, under each variant.
        job_costs: of a job, in seconds, on Neptune over stock Spark.
        phases_s: how long each part of the benchmark took, in seconds.
    """

    plan: Plan
    jvm: dict[str, Any]
    latencies: list[Latency]
    worker_costs: list[Cost]
    job_costs: list[Cost]
    phases_s: dict[str, float]


def distribution(values_ms: Sequence[float]) -> Distribution:
    """Return the distribution of the values, of which there must be at least one."""
    p50, p99 = (percentile(values_ms, q) for q in (50, 99))
    return Distribution(len(values_ms), p50, p99, max(values_ms))


def cost(name: str, size_us: int | None, pairs: Sequence[tuple[float, float]]) -> Cost:
    """Return the cost that pairs (without, with) of seconds amount to; there must be one."""
    base_s, seconds = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratios = [with_it / without for without, with_it in pairs]
    logs = bootstrap.mean([math.log(ratio) for ratio in ratios])
    ratio = Ratio(
        *(statistics.median(ratios), min(ratios), max(ratios)),
        statistics.geometric_mean(ratios),
        logs and Interval(math.exp(logs.low), math.exp(logs.high)),
    )
    return Cost(name, size_us, base_s, seconds, ratio, list(pairs))
