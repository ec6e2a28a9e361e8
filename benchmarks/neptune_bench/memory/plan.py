"""What a run of the benchmark does: every size and number in one record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neptune_bench.harness.layout import Layout
from neptune_bench.harness.options import names, option, seeded

STOCK: Final = "stock"
NEPTUNE: Final = "neptune"
SIDES: Final = {STOCK: "stock Spark", NEPTUNE: "Neptune"}

TASKS: Final = "tasks"
BATCHES: Final = "micro-batches"
PARTS: Final = (TASKS, BATCHES)
"""The parts of a run, by what they count."""


@dataclass(frozen=True)
class Plan(Layout):
    """Sizes and numbers of the benchmark.

    Args:
        job_tasks: of a job, in each of its stages.
        warm_jobs, warm_batches: before the first look. Neptune keeps the last 1000 decisions and
            the durations of the last 1000 stages: it has as many by then.
    """

    seed: int = seeded("of the order of the jobs")
    sides: tuple[str, ...] = option(
        tuple(SIDES), "those to compare", name="schedulers", read=names("scheduler", SIDES)
    )
    tasks: int = option(100_000, "tasks of all jobs together")
    batches: int = option(8_640, "micro-batches; a day has so many of ten seconds")
    looks: int = option(10, "how often to look in each part, after a first time")
    job_tasks: int = 20
    warm_jobs: int = 1_200
    warm_batches: int = 50

    def counted(self, part: str) -> int:
        """Return how much of a part there is."""
        return self.tasks if part == TASKS else self.batches


QUICK: Final = Plan(tasks=90, batches=9, looks=3, job_tasks=3, warm_jobs=5, warm_batches=2)
