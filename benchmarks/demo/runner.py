"""Runs the unified application once per scheduler, each in a fresh driver process."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo import events
from demo.plan import DemoError, Places, Plan
from harness import drivers

MEMORY_DIRECTORY = Path("/dev/shm")
MEMORY_NEEDED_BYTES = 512 << 20


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


def memory_directory() -> str | None:
    """Return a directory in memory with room for a checkpoint, None if there is none."""
    usable = MEMORY_DIRECTORY.is_dir() and os.access(MEMORY_DIRECTORY, os.W_OK)
    if usable and shutil.disk_usage(MEMORY_DIRECTORY).free >= MEMORY_NEEDED_BYTES:
        return str(MEMORY_DIRECTORY)
    return None


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
        drivers.drive(scheduler, "demo.application", words, base, show)
        return Run(
            scheduler,
            json.loads(Path(where.answer).read_text()),
            event_log_lines(Path(where.event_log)),
            time.monotonic() - began,
        )


def event_log_lines(directory: Path) -> list[str]:
    """Return the lines of the one event log in `directory`.

    Raises:
        DemoError: if there is none, or more than one.
    """
    logs = [path for path in directory.iterdir() if path.is_file() and path.suffix != ".crc"]
    if len(logs) != 1:
        raise DemoError(f"Expected one event log in {directory}, found {len(logs)}.")
    return logs[0].read_text().splitlines()
