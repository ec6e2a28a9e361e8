"""Runs the unified application once per scheduler, each in a fresh driver process."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neptune_bench.demo import events
from neptune_bench.demo.plan import Places, Plan
from neptune_bench.harness import drivers
from neptune_bench.harness.runs import event_log_lines, memory_directory


@dataclass(frozen=True)
class Run:
    """What is left of a run.

    Args:
        scheduler: its scheduler.
        answer: what the application measured and computed (see `demo.application.run`).
        log: its event log, one JSON object per line.
        seconds: how long the driver process lived.
    """

    scheduler: str
    answer: Mapping[str, Any]
    log: list[str]
    seconds: float


@contextmanager
def places(plan: Plan, tables: Path) -> Iterator[Places]:
    """Make the directories of one run, spool its events, and remove everything afterwards."""
    with (
        tempfile.TemporaryDirectory(
            prefix="demo-stream-", dir=memory_directory(), ignore_cleanup_errors=True
        ) as fast,
        tempfile.TemporaryDirectory(prefix="demo-run-", ignore_cleanup_errors=True) as slow,
    ):
        made = Places(
            tables=str(tables),
            spool=f"{fast}/spool",
            landing=f"{fast}/landing",
            checkpoint=f"{fast}/checkpoint",
            scratch=f"{slow}/scratch",
            event_log=f"{slow}/event-log",
            answer=f"{slow}/answer.json",
        )
        for directory in (made.landing, made.scratch, made.event_log):
            Path(directory).mkdir()
        files = plan.warm_files + plan.measured_files
        events.write_files(plan.seed, files, plan.events_per_file, Path(made.spool))
        yield made


def run(scheduler: str, plan: Plan, tables: Path, show: Callable[[drivers.State], None]) -> Run:
    """Run the application under `scheduler` and return what is left of it.

    Args:
        scheduler: one of `demo.plan.SCHEDULERS`.
        plan: sizes and times.
        tables: the TPC-H data.
        show: called with each state the application reports.

    Raises:
        BenchmarkError: if the application fails, with the end of its log.
    """
    began = time.monotonic()
    with places(plan, tables) as where:
        base = Path(where.answer).parent
        plan.save(base / "plan.json")
        where.save(base / "places.json")
        words = [scheduler, str(base / "plan.json"), str(base / "places.json")]
        drivers.drive(scheduler, "neptune_bench.demo.application", words, base, show)
        return Run(
            scheduler,
            json.loads(Path(where.answer).read_text()),
            event_log_lines(Path(where.event_log)),
            time.monotonic() - began,
        )
