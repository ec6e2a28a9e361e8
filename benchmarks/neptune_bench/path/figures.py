"""What was measured, as records, and the figures of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from neptune_bench.harness import bootstrap, results
from neptune_bench.harness.bootstrap import Interval
from neptune_bench.harness.figures import percentile
from neptune_bench.path.instants import Path
from neptune_bench.path.plan import IDLE, SATURATED, Plan

P50_ABOVE_MS: Final = 2.0
P99_ABOVE_MS: Final = 5.0
"""What a job may take longer on a saturated session than on an idle one."""
OTHERS_SHARE: Final = 0.1
"""How many jobs may have another path before nobody should believe the figures."""


@dataclass(frozen=True)
class Side:
    """The jobs of one kind of task, on an idle or on a saturated session.

    Args:
        tasks, side: which (see `path.plan`).
        rounds: the paths of its jobs, by rounds.
        others: how many jobs had another path, and don't count: a task was still about to run
            again when the next job came, say.
    """

    tasks: str
    side: str
    rounds: tuple[tuple[Path, ...], ...]
    others: int

    @property
    def paths(self) -> list[Path]:
        """All of them."""
        return [path for mine in self.rounds for path in mine]

    def steps(self) -> list[str]:
        """Return the steps, in their order."""
        return list(self.paths[0].steps_ms)

    def step(self, name: str, q: float) -> float | None:
        """Return a percentile of a step, in milliseconds; None if its jobs have no such step."""
        if name not in self.steps():
            return None
        return percentile([path.steps_ms[name] for path in self.paths], q)

    def ahead(self, q: float) -> float:
        """Return a percentile of what comes ahead of the submission, in milliseconds."""
        return percentile([path.ahead_ms for path in self.paths], q)

    def totals(self) -> list[list[float]]:
        """Return how long the jobs of each round took to their first record, in milliseconds."""
        return [[path.total_ms for path in mine] for mine in self.rounds]

    def total(self, q: float) -> float:
        """Return a percentile of that, over all rounds."""
        return percentile([path.total_ms for path in self.paths], q)

    def interval(self, q: float) -> Interval:
        """Return where that percentile lies."""
        found = bootstrap.percentile([bootstrap.apart(path.total_ms for path in self.paths)], q)
        assert found is not None, "a side has jobs"
        return found


@dataclass(frozen=True)
class Above:
    """What a job takes longer on a side than on an idle session, in milliseconds."""

    tasks: str
    side: str
    p50_ms: float
    p99_ms: float

    @property
    def is_met(self) -> bool:
        """Whether that is as little as is asked."""
        return self.p50_ms <= P50_ABOVE_MS and self.p99_ms <= P99_ABOVE_MS


@dataclass(frozen=True)
class Result(results.Result):
    """All that a run found.

    Args:
        plan: what was asked for.
        cores: of the executor.
        sides: of each kind of task, all.
    """

    plan: Plan
    cores: int
    sides: tuple[Side, ...]

    def of(self, tasks: str, side: str) -> Side:
        """Return one of the sides.

        Raises:
            KeyError: if there is none, as in a result from before there was this side.
        """
        return {(found.tasks, found.side): found for found in self.sides}[tasks, side]

    @property
    def above(self) -> list[Above]:
        """What jobs take longer on a saturated session, for each kind of task."""
        return [self.above_idle(tasks, SATURATED) for tasks in self.plan.tasks]

    def above_idle(self, tasks: str, side: str) -> Above:
        """Return the same of any side."""
        idle, full = self.of(tasks, IDLE), self.of(tasks, side)
        p50, p99 = (full.total(q) - idle.total(q) for q in (50, 99))
        return Above(tasks, side, p50, p99)


def fewest(sides: Iterable[Side]) -> int:
    """Return the number of jobs on the side with the fewest."""
    return min(len(side.paths) for side in sides)


def unsound(sides: Sequence[Side]) -> list[Side]:
    """Return the sides of which too many jobs had another path."""
    return [s for s in sides if s.others > OTHERS_SHARE * (s.others + len(s.paths))]
