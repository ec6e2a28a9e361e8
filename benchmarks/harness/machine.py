"""What a reader of figures must know of the machine and the packages that they come from."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Final

BUSY_LOAD: Final = 0.25
"""Load for each processor beyond which something else runs that matters."""


def machine() -> dict[str, object]:
    """Return what a reader must know of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "platform": platform.platform(),
        "processor": processor(),
        "cpus": os.cpu_count(),
        "memory_bytes": memory,
    }


def busy(load: float) -> str:
    """Return a warning if a `load` (1 minute) is too much to measure beside, else an empty text."""
    if load <= BUSY_LOAD * (os.cpu_count() or 1):
        return ""
    return f"This machine is busy (load {load:.1f}): expect wild figures."


def packages(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of those of the named packages that are installed."""
    found = {}
    for name in names:
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
