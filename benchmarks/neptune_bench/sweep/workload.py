"""The workload at one demand: periodic requests of a known length, and a batch without end."""

from __future__ import annotations

import functools
import itertools
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from neptune_bench.harness import driver
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.sweep import load
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.requests import Requests, slots
from neptune_bench.unified.workload import (
    REQUESTS,
    Answers,
    Application,
    BatchSide,
    Show,
    Work,
    Workload,
)

SHARE: Final = "share"
"""Entry of `Plan.options`: the stream's demand, as a share of all cores' time."""
SPEED: Final = "speed.json"
THREADS: Final = 2
DEFAULT: Final = ("alone", "batch-alone", "fifo", "fair", "split", "neptune-lma")


def speed(data: Path) -> float:
    """Return how many numbers a core sums up in a second."""
    return float(json.loads((data / SPEED).read_text()))


def request_rows(plan: Plan, cores: int, rows_per_core_s: float) -> int:
    """Return how many numbers a request sums up, so that all together need the plan's share."""
    share = float(plan.options[SHARE])
    return max(1, int(share / plan.rate * cores * rows_per_core_s))


def cores_of(application: Application) -> int:
    """Return all cores of the run: under a static split the application has a part of them."""
    return application.cores * len(application.scheduler.applications)


class Periodic(Requests):
    """One request in each slot of time; its work is the same whoever has the cores."""

    def __init__(self, application: Application) -> None:
        """Make it; it runs one task per core that it has."""
        spark, cores = application.spark, application.cores
        rows = request_rows(application.plan, cores_of(application), speed(application.data))

        def choose(_: random.Random) -> tuple[str, Work]:
            return str(rows), functools.partial(load.total, spark, rows, cores)

        super().__init__(application, choose, slots)


class Endless(BatchSide):
    """Sums of which each keeps all cores busy for some seconds, from two threads."""

    def __init__(self, application: Application) -> None:
        """Make it; a task takes `Plan.scale` seconds of a core."""
        self._spark = application.spark
        self._tasks = application.cores
        self._rows = int(application.plan.scale * self._tasks * speed(application.data))

    def warm_up(self) -> None:
        """Sum up a little."""
        for _ in range(THREADS):
            load.total(self._spark, self._rows // 20, self._tasks)

    def threads(self) -> Sequence[Iterator[tuple[str, Work]]]:
        """Return the same sum, without end, for each thread."""
        work = functools.partial(load.total, self._spark, self._rows, self._tasks)
        return [itertools.repeat((str(self._rows), work)) for _ in range(THREADS)]


class Sweep(Workload):
    """See the package."""

    name = "sweep"
    title = "Demand sweep: a stream that needs more and more of the cores"
    scale_unit = "seconds of a core that a batch task takes"
    event_unit = "requests"
    step_unit = "sums"
    arrivals = "one request in each slot of time, at a random moment of it"
    stream_kind = REQUESTS
    stream = Periodic
    batch = Endless

    def plan(self, quick: bool) -> Plan:
        """Return the plan of one demand."""
        if quick:
            return Plan(self.name, scale=0.5, duration_s=4.0, rate=2.0, warm_s=1.0, repeat=1)
        return Plan(
            self.name,
            scale=2.0,
            duration_s=15.0,
            rate=1.0,
            warm_s=10.0,
            repeat=1,
            schedulers=DEFAULT,
        )

    @contextmanager
    def prepare(self, plan: Plan, directory: Path, show: Show) -> Iterator[None]:
        """Measure how fast a core is."""
        show("the speed of a core")
        with tempfile.TemporaryDirectory(prefix="sweep-") as scratch:
            place, module = Path(scratch), "sweep.calibration"
            found = driver.answer("calibration", module, plan, place, lambda _: None)
        (directory / SPEED).write_text(json.dumps(found["speed"]))
        yield

    def check(self, plan: Plan, directory: Path, answers: Sequence[Answers]) -> str:
        """Compare every sum with what it must be."""
        for run in answers:
            for rows, found in (*(run.stream or {}).items(), *run.batch.items()):
                if found != [load.expected(int(rows))]:
                    raise BenchmarkError(f"A sum in the run {run.where} is wrong.")
        return "All sums are what they must be."


WORKLOAD: Final = Sweep()
