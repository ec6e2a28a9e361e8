"""What a run of the benchmark does: every size and number in one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neptune_bench.harness.layout import Layout
from neptune_bench.harness.options import names, option, seeded

JVM: Final = "jvm"
PYTHON: Final = "python"
TASKS: Final = {JVM: "JVM", PYTHON: "Python"}
"""Kinds of tasks, and what a person calls them: those that are suspended, and the high ones."""

IDLE: Final = "idle"
SATURATED: Final = "saturated"
ANSWERED: Final = "saturated, answered first"
SESSIONS: Final = {True: (IDLE, SATURATED), False: (ANSWERED,)}
"""The sides of the session with `spark.neptune.handOver`, and of the one without."""
SIDES: Final = tuple(side for sides in SESSIONS.values() for side in sides)


@dataclass(frozen=True)
class Plan(Layout):
    """Sizes and numbers of the benchmark.

    Args:
        jobs: measured jobs of a block.
        warm_jobs: jobs before the first round, on either side.
        least_gap_s, most_gap_s: how long the session is left alone before each job; it takes a
            suspended task far less to run again.
    """

    seed: int = seeded("of the moments of submission")
    tasks: tuple[str, ...] = option(
        tuple(TASKS), "which kinds of tasks", read=names("kind of task", TASKS)
    )
    repeat: int = option(5, "rounds of a block of jobs on either side")
    jobs: int = 100
    warm_jobs: int = 100
    least_gap_s: float = 0.02
    most_gap_s: float = 0.06


QUICK: Final = Plan(repeat=1, jobs=10, warm_jobs=10)
