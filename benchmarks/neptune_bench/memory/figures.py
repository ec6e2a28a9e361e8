"""What was seen, as records, and whether it grows. Pure."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from neptune_bench.harness import bootstrap, results
from neptune_bench.memory.plan import Plan

DRIVER: Final = "driver_heap_mib"
OWN_OF_DRIVER: Final = "driver_own_objects"
EXECUTOR: Final = "executor_heap_mib"
OWN_OF_EXECUTOR: Final = "executor_own_objects"
WORKER: Final = "worker_uss_mib"
CONTROLLER: Final = "controller_uss_mib"
FIGURES: Final = {
    DRIVER: "driver: live heap, MiB",
    OWN_OF_DRIVER: "driver: objects of Neptune's",
    EXECUTOR: "executor: live heap, MiB",
    OWN_OF_EXECUTOR: "executor: objects of Neptune's",
    WORKER: "the largest Python worker: USS, MiB",
    CONTROLLER: "process controller: USS, MiB",
}
PER: Final = 1000


@dataclass(frozen=True)
class Look:
    """What was seen at one time.

    Args:
        done: tasks or micro-batches so far.
        figures: what processes kept, by the names of `FIGURES`, those that there are.
    """

    done: int
    figures: dict[str, float]


@dataclass(frozen=True)
class Line:
    """A straight line through what was seen, by least squares.

    Args:
        slope: per thousand tasks or micro-batches.
        low, high: the 95 % interval of that.
    """

    slope: float
    low: float
    high: float

    @property
    def grows(self) -> bool:
        """Whether it rises by more than noise."""
        return self.low > 0


@dataclass(frozen=True)
class Side:
    """What was seen on one side.

    Args:
        side: which (see `memory.plan`).
        suspensions: how often tasks were suspended in all.
        seen: the looks, by part of the run.
    """

    side: str
    suspensions: int
    seen: dict[str, tuple[Look, ...]]

    def points(self, part: str, figure: str) -> list[tuple[float, float]]:
        """Return how much of a part was done, and the figure, at each look."""
        return [
            (float(look.done), look.figures[figure])
            for look in self.seen[part]
            if figure in look.figures
        ]

    def line(self, part: str, figure: str) -> Line | None:
        """Return how a figure has grown; None if it was not seen at three looks."""
        points = self.points(part, figure)
        return fitted(points) if len(points) > 2 else None


def fitted(points: Sequence[tuple[float, float]]) -> Line:
    """Return the line through three points or more.

    What is left beside the line counts as noise, and each look's as independent of the others'.
    """
    xs, ys = zip(*points, strict=True)
    slope, intercept = statistics.linear_regression(xs, ys)
    middle = statistics.fmean(xs)
    spread = sum((x - middle) ** 2 for x in xs)
    freedom = len(points) - 2
    left = sum((y - intercept - slope * x) ** 2 for x, y in points)
    error = bootstrap.student(freedom) * math.sqrt(left / freedom / spread)
    return Line(PER * slope, PER * (slope - error), PER * (slope + error))


@dataclass(frozen=True)
class Result(results.Result):
    """All that a run found.

    Args:
        plan: what was asked for.
        cores: of the executor.
        sides: those that ran.
    """

    plan: Plan
    cores: int
    sides: tuple[Side, ...]
