"""A result that nobody measured, and what is noted of one job."""

from __future__ import annotations

from neptune_bench.harness.layout import CLUSTER
from neptune_bench.path.figures import Result, Side
from neptune_bench.path.instants import (
    ACKNOWLEDGED,
    DECIDED,
    LAUNCHED,
    OFFERED,
    RECEIVED,
    RELEASED,
    REQUESTED,
    STARTED,
    STOPPED,
    SUBMITTED,
    Note,
    Path,
)
from neptune_bench.path.plan import SIDES, TASKS, Plan
from neptune_bench.path.session import STEPS

VICTIM, TASK, STAGE = 3, 8, 5

PREEMPTION = [
    *[(SUBMITTED, STAGE), (OFFERED, 0), (DECIDED, VICTIM), (REQUESTED, VICTIM)],
    *[(RECEIVED, VICTIM), (STOPPED, VICTIM), (ACKNOWLEDGED, VICTIM)],
    *[(OFFERED, 0), (LAUNCHED, TASK), (STARTED, TASK)],
]
"""What is noted of a job for which a task is suspended first, in this order."""

HAND_OVER = [
    *[(SUBMITTED, STAGE), (OFFERED, 0), (DECIDED, VICTIM), (REQUESTED, VICTIM)],
    *[(RECEIVED, VICTIM), (LAUNCHED, TASK), (STARTED, TASK), (STOPPED, VICTIM)],
    *[(RELEASED, TASK), (ACKNOWLEDGED, VICTIM), (OFFERED, 0)],
]
"""What is noted of one that is launched at once."""


def notes(pairs: list[tuple[str, int]], begin_ms: int) -> list[Note]:
    """Return notes, 1 ms after one another."""
    return [Note(what, number, (begin_ms + at) * 10**6) for at, (what, number) in enumerate(pairs)]


def side(tasks: str, which: str, step_ms: float, rounds: int = 1, jobs: int = 4) -> Side:
    """Return a side whose steps all take the same, a tenth longer from job to job."""
    steps = STEPS[which]
    made = [
        Path(1.0, {name: step_ms * (1 + number / 10) for name in steps}) for number in range(jobs)
    ]
    return Side(tasks, which, (tuple(made),) * rounds, 0)


def result(step_ms: float = 0.2, layout: str = CLUSTER) -> Result:
    """Return a result whose steps take about `step_ms`."""
    plan = Plan(
        layout=layout, master="local[2]", driver_processors=(0,), worker_processors=(1,), repeat=1
    )
    sides = tuple(side(tasks, which, step_ms) for tasks in TASKS for which in SIDES)
    return Result(plan, {"cpus": 2}, {"spark": "4.3.0"}, 0.0, 1, sides)
