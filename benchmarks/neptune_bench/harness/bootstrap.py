"""How sure a percentile or a mean is: intervals, where drawn with a fixed seed. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

SEED: Final = 7
RESAMPLES: Final = 1000
CONFIDENCE: Final = 0.95
_MOST_CELLS: Final = 4_000_000
_STUDENT: Final = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23)

Values = Sequence[tuple[float, float]]
"""(moment, value): values of one moment were made together, and are drawn together."""


@dataclass(frozen=True)
class Interval:
    """Where a figure lies with 95 % confidence."""

    low: float
    high: float


def moments(values: Values) -> int:
    """Return how many moments values are from."""
    return len({moment for moment, _ in values})


def percentile(rounds: Sequence[Values], q: float) -> Interval | None:
    """Return where the median over rounds of their `q`-th percentiles lies; None without values.

    Moments are drawn within each round, with all their values. So what differs between rounds is
    not in it, and values that depend on those of other moments make it too narrow.
    """
    rounds = [values for values in rounds if values]
    return _interval(np.median(_drawn(rounds, q, 0), axis=0)) if rounds else None


def ratio(rounds: Sequence[tuple[Values, Values]], q: float) -> Interval | None:
    """Return the same of the ratio of two percentiles, taken within each round."""
    rounds = [(one, other) for one, other in rounds if one and other]
    if not rounds:
        return None
    over = _drawn([one for one, _ in rounds], q, 0)
    under = _drawn([other for _, other in rounds], q, 1)
    return _interval(np.median(over / np.maximum(under, np.finfo(float).tiny), axis=0))


def student(freedom: int) -> float:
    """Return Student's t for 95 %; beyond the table, it is nearly the normal law's."""
    return _STUDENT[min(freedom, len(_STUDENT)) - 1]


def mean(values: Sequence[float]) -> Interval | None:
    """Return where the mean of what values are drawn from lies; None if there is only one.

    Student's interval: a bootstrap's would be too narrow for a handful of values.
    """
    count = len(values)
    if count < 2:
        return None
    reach = student(count - 1) * np.std(values, ddof=1) / math.sqrt(count)
    return Interval(float(np.mean(values) - reach), float(np.mean(values) + reach))


def _interval(figures: Any) -> Interval:
    outside = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(figures, [outside, 100 - outside], method="nearest")
    return Interval(float(low), float(high))


def _drawn(rounds: Sequence[Values], q: float, side: int) -> Any:
    """Return the percentile of each resample (columns) of each round (rows)."""
    sources = (np.random.default_rng((SEED, side, number)) for number in range(len(rounds)))
    drawn = (resampled(v, q, RESAMPLES, s) for v, s in zip(rounds, sources, strict=True))
    return np.stack(list(drawn))


def apart(values: Iterable[float]) -> Values:
    """Return values, each of a moment of its own."""
    return [(float(number), value) for number, value in enumerate(values)]


def resampled(values: Values, q: float, count: int, source: np.random.Generator) -> Any:
    """Return the percentile, as `figures.percentile` defines it, of each of `count` resamples.

    Moments are drawn, with replacement, with all their values.
    """
    ordered = sorted(values, key=lambda value: value[1])
    value = np.array([v for _, v in ordered])
    if moments(values) == len(values):
        # Of which value a percentile is one follows a beta distribution, as every order statistic
        # of uniform draws does: no resample need be drawn to know it.
        rank = max(1, math.ceil(q * len(values) / 100))
        at = len(values) * source.beta(rank, len(values) - rank + 1, count)
        return value[np.minimum(at.astype(int), len(values) - 1)]
    numbers = {moment: number for number, moment in enumerate(sorted({m for m, _ in values}))}
    moment = np.array([numbers[m] for m, _ in ordered])
    parts = []
    left = count
    while left:
        many = min(left, max(1, _MOST_CELLS // len(ordered)))
        left -= many
        times = source.multinomial(len(numbers), np.full(len(numbers), 1 / len(numbers)), many)
        below = np.cumsum(times[:, moment], axis=1)
        rank_of = np.ceil(below[:, -1:] * q / 100)
        parts.append(value[np.argmax(below >= rank_of, axis=1)])
    return np.concatenate(parts) if parts else np.empty(0)
