"""What is compared: every way of running a stream and a batch on the same cores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

STREAM: Final = "stream"
BATCH: Final = "batch"

ALONE: Final = "alone"
BATCH_ALONE: Final = "batch-alone"
SPLIT: Final = "split"


@dataclass(frozen=True)
class Scheduler:
    """One way of running the two sides.

    Args:
        name: as on the command line.
        title: as in tables and pictures.
        colour: of its curves.
        applications: the sides of each application, all of which run at the same time; the cores
            are divided among them.
        fair: whether Spark's FAIR scheduler orders the jobs, the stream's in a pool of its own.
        neptune: settings by keyword (see docs/configuration.md); None for stock Spark.
        declares: whether the stream declares its priority; else Neptune has to recognize it.
    """

    name: str
    title: str
    colour: str
    applications: tuple[tuple[str, ...], ...] = ((STREAM, BATCH),)
    fair: bool = False
    neptune: Mapping[str, str] | None = field(default=None)
    declares: bool = True

    @property
    def has_stream(self) -> bool:
        """Whether there is a stream."""
        return any(STREAM in sides for sides in self.applications)

    @property
    def has_batch(self) -> bool:
        """Whether there is a batch."""
        return any(BATCH in sides for sides in self.applications)


_ALL: Final = (
    Scheduler(ALONE, "stream alone", "#555555", ((STREAM,),)),
    Scheduler(BATCH_ALONE, "batch alone", "#9a9a9a", ((BATCH,),)),
    Scheduler("fifo", "Spark FIFO", "#d1495b"),
    Scheduler("fair", "Spark FAIR, weighted", "#e08e0b", fair=True),
    Scheduler(SPLIT, "static split", "#7a5195", ((STREAM,), (BATCH,))),
    Scheduler("priority", "priority only", "#3b6fb6", neptune={"preemption": "none"}),
    Scheduler("kill", "kill", "#8c564b", neptune={"preemption": "kill"}),
    Scheduler("neptune-lb", "Neptune, LB", "#54a24b", neptune={"policy": "lb"}),
    Scheduler("neptune-lma", "Neptune, LMA", "#1b7f79", neptune={"policy": "lma"}),
)
SCHEDULERS: Final[Mapping[str, Scheduler]] = {scheduler.name: scheduler for scheduler in _ALL}
