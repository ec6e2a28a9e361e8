"""How much of a processor processes use: whether a task that should stand still needs a core."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from typing import NamedTuple

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types

from neptune_spark.controller import process_tree

# <linux/posix-timers.h>: the clock of a process's own processor time, as clock_getcpuclockid(3)
# names it.
_CPUCLOCK_SCHED = 2
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_RUNNABLE = "R"


class Usage(NamedTuple):
    """What some processes have used up to now, and whether any wants more."""

    cpu_s: float
    """Of all together, with children of theirs that have ended."""
    runnable: bool
    """A thread runs or waits for a processor. One that is on a processor all the time has its time
    counted at ticks only, which may be 10 ms apart."""


def of(processes: Iterable[psutil.Process]) -> Usage:
    """Look at processes; those that are gone count nothing."""
    cpu_s, runnable = 0.0, False
    for process in processes:
        with contextlib.suppress(*process_tree.GONE):
            found = process_tree.stat(process.pid)
            if found is not None:
                cpu_s += _cpu_s(process.pid) + found.reaped_ticks / _TICKS_PER_S
                runnable = runnable or found.state == _RUNNABLE or _has_runnable(process.pid)
    return Usage(cpu_s, runnable)


def _cpu_s(pid: int) -> float:
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)


def _has_runnable(pid: int) -> bool:
    """Look at the threads beside the main one."""
    return any(
        found is not None and found.state == _RUNNABLE
        for thread in process_tree.threads(pid)
        if thread != pid and (found := process_tree.stat(pid, thread))
    )
