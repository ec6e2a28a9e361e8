"""Makes one run: all its applications, each in a fresh driver process, at the same time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neptune_bench.harness import driver, drivers, eventlog
from neptune_bench.harness.eventlog import Log
from neptune_bench.harness.runs import memory_directory
from neptune_bench.harness.sessions import EVENTS
from neptune_bench.unified.application import READY
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.schedulers import Scheduler

GO_DELAY_S = 0.5


@dataclass(frozen=True)
class Run:
    """What is left of a run.

    Args:
        scheduler: who ordered the jobs.
        repeat: number of the round of runs, from 0.
        begin, end: the time that counts, after the warm-up, in epoch seconds.
        answers: what each application measured and computed (see `unified.application.run`).
        logs: their event logs.
        seconds: how long it all took.
    """

    scheduler: Scheduler
    repeat: int
    begin: float
    end: float
    answers: tuple[Mapping[str, Any], ...]
    logs: tuple[Log, ...]
    seconds: float

    @property
    def where(self) -> str:
        """The run, as an error names it."""
        return f"{self.scheduler.name} (repeat {self.repeat + 1})"


class Go:
    """Says when to begin, once all applications are ready."""

    def __init__(self, path: Path, applications: int) -> None:
        """Make it for a number of applications that watch `path`."""
        self._path = path
        self._waiting = set(range(applications))
        self.start = 0.0

    def heard(self, number: int, state: drivers.State) -> None:
        """Take in what an application reports; at the last READY, let them begin."""
        if state["stage"] == READY and number in self._waiting:
            self._waiting.remove(number)
            if not self._waiting:
                self.start = time.time() + GO_DELAY_S
                part = self._path.with_suffix(".part")
                part.write_text(repr(self.start))
                part.rename(self._path)


def run(
    scheduler: Scheduler,
    repeat: int,
    plan: Plan,
    data: Path,
    show: Callable[[drivers.State], None],
) -> Run:
    """Run the applications of `scheduler` and return what is left of them.

    Args:
        scheduler: who orders the jobs.
        repeat: number of the round of runs.
        plan: sizes and times.
        data: what the workload prepared.
        show: called with each state that an application reports.

    Raises:
        BenchmarkError: if an application fails, with the end of its log.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        base = Path(_directory(stack, None))
        go = Go(base / "go", len(scheduler.applications))
        made = []
        for sides in scheduler.applications:
            place, fast = base / "-".join(sides), _directory(stack, memory_directory())
            place.mkdir()
            words = (scheduler.name, ",".join(sides), str(data), fast, str(base / "go"))
            made.append(driver.prepared(scheduler.name, "unified.application", plan, place, *words))

        def heard(number: int, state: drivers.State) -> None:
            show(state)
            go.heard(number, state)

        drivers.drive_all(made, heard)
        begin = go.start + plan.counted_s
        return Run(
            scheduler,
            repeat,
            begin,
            begin + plan.duration_s,
            tuple(map(driver.answer_of, made)),
            tuple(eventlog.read(one.directory / EVENTS) for one in made),
            time.monotonic() - began,
        )


def _directory(stack: ExitStack, parent: str | None) -> str:
    return stack.enter_context(
        tempfile.TemporaryDirectory(prefix="unified-", dir=parent, ignore_cleanup_errors=True)
    )
