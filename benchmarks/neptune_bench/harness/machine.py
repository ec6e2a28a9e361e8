"""What a reader of figures must know of the machine and the packages that they come from."""

from __future__ import annotations

import contextlib
import math
import os
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Final

import psutil

BUSY_SHARE: Final = 0.25
"""Share of all processors in use beyond which something else runs that matters."""
LOOK_S: Final = 0.5
LOOKS: Final = 8
"""How often to look for a quiet moment: what ends within some seconds disturbs no figure."""


def machine() -> dict[str, object]:
    """Return what a reader must know of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "platform": platform.platform(),
        "processor": processor(),
        "cpus": os.cpu_count(),
        "memory_bytes": memory,
    }


def load_before() -> float:
    """Return how many processors are in use, and warn if these are too many to measure beside.

    To be called before anything of ours starts. The system's own load average would not do: for
    minutes it tells of what has ended, such as our warm-up, or the benchmark before this one.
    """
    load = math.inf
    for _ in range(LOOKS):
        load = min(load, in_use(LOOK_S))
        if not busy(load):
            return load
    print(busy(load), flush=True)
    return load


def in_use(seconds: float) -> float:
    """Return how many processors somebody uses, on average over the next `seconds`."""
    per_cent: float = psutil.cpu_percent(seconds)
    return per_cent / 100 * (os.cpu_count() or 1)


def processor_seconds(process: psutil.Process | None = None) -> float:
    """Return the processor time so far of a process, or this, and of all below it, in seconds.

    Of processes that have ended it has the time of those for which their parent has waited.
    """
    found, own = 0.0, process or psutil.Process()
    with contextlib.suppress(psutil.Error):
        for each in [own, *own.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                found += sum(each.cpu_times()[:4])  # user and system, its own and its children's
    return found


def busy(load: float, cpus: int | None = None) -> str:
    """Return a warning if a `load` (see `load_before`) is too much, else an empty text.

    Args:
        load: how many processors were in use.
        cpus: of how many; by default, of those that this machine has.
    """
    cpus = cpus or os.cpu_count() or 1
    if load <= BUSY_SHARE * cpus:
        return ""
    return f"This machine is busy ({load:.1f} of {cpus} processors in use): expect noisy figures."


def packages(more: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of this package, of PySpark, and of `more` of them that are installed."""
    found = {}
    for name in ("neptune-spark", "pyspark", *more):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def processor() -> str:
    """Return the processor's model, or the architecture where Linux does not tell it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
