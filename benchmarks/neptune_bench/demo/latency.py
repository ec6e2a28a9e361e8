"""Latency statistics. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neptune_bench.harness.figures import percentile


@dataclass(frozen=True)
class Sample:
    """An event file's way: number, arrival and delivery (epoch s), and the time between (s)."""

    seq: int
    placed: float
    delivered: float
    latency_s: float


@dataclass(frozen=True)
class Summary:
    """Latencies in seconds: how many samples, the median, the 99th percentile, the greatest."""

    count: int
    p50_s: float
    p99_s: float
    max_s: float


def summarise(values: Sequence[float]) -> Summary:
    """Return the summary of latencies in seconds; there must be at least one."""
    return Summary(len(values), percentile(values, 50), percentile(values, 99), max(values))


def between(samples: Sequence[Sample], begin: float | None, end: float | None) -> list[Sample]:
    """Return the samples that arrived from `begin` to `end` (epoch s); None is no bound."""
    return [
        sample
        for sample in samples
        if (begin is None or sample.placed >= begin) and (end is None or sample.placed <= end)
    ]


def counted(run: Mapping[str, Any]) -> list[Sample]:
    """Return the samples that count of a run as result.json has it.

    They arrived while the batch had work; all count where there was no batch.
    """
    begin, end = run["batch"] or (None, None)
    samples = [Sample(**sample) for sample in run["samples"]]
    return between(samples, begin, end) or samples
