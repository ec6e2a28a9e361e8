"""The samples of a run, and which of them count. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sample:
    """An event file's way: number, arrival and delivery (epoch s), and the time between (s)."""

    seq: int
    placed: float
    delivered: float
    latency_s: float


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
