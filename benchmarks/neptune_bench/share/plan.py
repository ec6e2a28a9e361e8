"""What a run of the benchmark does: every size and number in one record; and the sides."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from neptune_bench.harness.layout import Layout
from neptune_bench.harness.options import names, option, seeded


@dataclass(frozen=True)
class Side:
    """A way to share the cores.

    Args:
        name: as on the command line.
        title: as in tables and pictures.
        colour: in pictures.
        settings: of Spark's.
        has_neptune: whether Neptune is on.
        kills: whether others' tasks are killed for a pool that starves (see `share.starvation`).
    """

    name: str
    title: str
    colour: str
    settings: Mapping[str, str] = field(default_factory=dict)
    has_neptune: bool = False
    kills: bool = False


_FAIR: Final = {"spark.scheduler.mode": "FAIR"}
_ORDER: Final = "spark.neptune.order"

ALONE: Final = "alone"
FIFO: Final = "fifo"
NEPTUNE_FAIR: Final = "neptune-fair"
NEPTUNE_FEEDBACK: Final = "neptune-feedback"

STREAM: Final = "stream"

_ALL: Final = (
    Side(ALONE, "each query alone", "#555555"),
    Side(FIFO, "Spark FIFO", "#d1495b"),
    Side("fair", "Spark FAIR", "#e08e0b", _FAIR),
    Side("fair-kill", "Spark FAIR, killing", "#8c564b", _FAIR, kills=True),
    Side(NEPTUNE_FAIR, "Neptune, fair", "#1b7f79", {**_FAIR, _ORDER: "fair"}, has_neptune=True),
    Side(NEPTUNE_FEEDBACK, "Neptune, feedback", "#54a24b", {_ORDER: "feedback"}, has_neptune=True),
)
SIDES: Final[Mapping[str, Side]] = {side.name: side for side in _ALL}


@dataclass(frozen=True)
class Plan(Layout):
    """Sizes and numbers of the benchmark.

    Args:
        long_users, short_users: how many users there are of each kind.
        warm: how often each short query runs before anything counts; long ones do once.
        alone: how often each query runs alone.
        every_s: seconds from one micro-batch of the stream to the next.
        rows_per_s: rows of the stream in a second.
        batches: micro-batches of the stream alone.
    """

    seed: int = seeded("of short queries, their moments, and orders")
    sides: tuple[str, ...] = option(
        tuple(SIDES), "what to run each round", name="schedulers", read=names("side", SIDES)
    )
    repeat: int = option(3, "rounds of runs")
    scale: float = option(1.0, "TPC-H scale of the long queries; short ones have a fiftieth")
    long_users: int = 3
    short_users: int = 2
    queries: int = option(6, "long queries of each user, one after the other")
    rate: float = option(0.25, "short queries of each user a second, on average")
    warm: int = 10
    alone: int = 3
    every_s: float = 1.0
    rows_per_s: int = 1000
    batches: int = 20
    window_s: float = option(10.0, "seconds of a window of Jain's index", name="window")
    starved_s: float = option(30.0, "seconds until others are killed for a pool", name="starved")

    @property
    def long_names(self) -> list[str]:
        """The users with long queries."""
        return [f"long-{number + 1}" for number in range(self.long_users)]

    @property
    def short_names(self) -> list[str]:
        """The users with short queries."""
        return [f"short-{number + 1}" for number in range(self.short_users)]

    def pools(self, number: int) -> dict[str, str]:
        """Return the pool of each user, and of the stream, in a round.

        Of pools that have as many tasks Spark's FAIR serves the first by name
        (FairSchedulingAlgorithm, Spark 4.3.0), and with more pools than cores most have as many:
        none. So names are drawn anew for each round, the same for all sides.
        """
        users = [*self.long_names, *self.short_names, STREAM]
        random.Random(f"{self.seed}:{number}:pools").shuffle(users)
        return {user: f"pool-{place}" for place, user in enumerate(users)}


QUICK: Final = Plan(
    sides=(ALONE, FIFO, NEPTUNE_FAIR),
    repeat=1,
    scale=0.05,
    queries=2,
    rate=0.5,
    warm=2,
    alone=1,
    every_s=0.5,
    batches=4,
    window_s=1.0,
    starved_s=1.0,
)
