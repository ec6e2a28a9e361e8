"""Whether two measurements of a figure differ by more than noise. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from neptune_bench.harness import bootstrap
from neptune_bench.harness.bootstrap import SEED, Values
from neptune_bench.harness.figures import percentile

DRAWS: Final = 2000
FEWEST_ROUNDS: Final = 3
FEWEST_SAMPLES: Final = 20
NORMAL: Final = 1.96


@dataclass(frozen=True)
class Figure:
    """A figure as one result has it.

    Args:
        name: the same in both results.
        rounds: the samples of each round, with their moments (see `harness.bootstrap`). The figure
            is the median of the rounds' percentiles.
        q: which percentile.
        is_one_process: whether the samples are repetitions of their own, and there is one round.
    """

    name: str
    rounds: Sequence[Values]
    q: float = 50.0
    is_one_process: bool = False

    @property
    def value(self) -> float:
        """The figure."""
        rounds = ([value for _, value in values] for values in self.rounds)
        return statistics.median(percentile(values, self.q) for values in rounds)

    @property
    def lacks(self) -> str:
        """What it has too few of to tell noise; empty if it has enough."""
        least = min(map(bootstrap.moments, self.rounds), default=0)
        if self.is_one_process:
            if least < FEWEST_SAMPLES:
                return _counted(least, "sample")
        elif len(self.rounds) < FEWEST_ROUNDS:
            return _counted(len(self.rounds), "round")
        # A round's figure may be one value; but a percentile that is the greatest sample is none.
        if least > 1 and least * (1 - self.q / 100) < 1:
            return _counted(least, "sample")
        return ""


class Change(NamedTuple):
    """What has become of a figure.

    Args:
        ratio: the second result's over the first's.
        least, greatest: the 95 % interval of that; both None where it can't be told.
        lacks: why it can't.
    """

    ratio: float
    least: float | None = None
    greatest: float | None = None
    lacks: str = ""

    @property
    def is_real(self) -> bool:
        """Whether it is more than noise."""
        if self.least is None or self.greatest is None:
            return False
        return self.least > 1 or self.greatest < 1


def change(before: Figure, after: Figure) -> Change:
    """Return how a figure, of which both values are positive, has changed.

    The interval is that of a bootstrap in two steps: rounds are drawn from the rounds, then moments
    from each, with all their samples. Few rounds vary less than what they are drawn from, and by
    how much is hardly known: so the interval is widened by Student's t (Hesterberg 2015, The
    American Statistician 69:4).
    """
    ratio = after.value / before.value
    lacks = before.lacks or after.lacks
    if lacks:
        return Change(ratio, lacks=lacks)
    generator = np.random.default_rng(SEED)
    draws = np.log(_drawn(after, generator) / _drawn(before, generator))
    wider = 1.0
    if not before.is_one_process:
        fewest = min(len(before.rounds), len(after.rounds))
        freedom = len(before.rounds) + len(after.rounds) - 2
        wider = math.sqrt(fewest / (fewest - 1)) * bootstrap.student(freedom) / NORMAL
    middle = math.log(ratio)
    low, high = (
        math.exp(middle + wider * (bound - middle)) for bound in np.percentile(draws, (2.5, 97.5))
    )
    return Change(ratio, low, high)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + "s" * (number != 1)


def _drawn(figure: Figure, generator: np.random.Generator) -> Any:
    """Return the figure of each resample."""
    count = len(figure.rounds)
    shape = (count, DRAWS)
    is_one = figure.is_one_process
    chosen = np.zeros(shape, int) if is_one else generator.integers(count, size=shape)
    found = np.empty(shape)
    for number, values in enumerate(figure.rounds):
        # A round that is drawn twice has samples of its own each time.
        mine = chosen == number
        found[mine] = bootstrap.resampled(values, figure.q, int(mine.sum()), generator)
    return np.median(found, axis=0)
