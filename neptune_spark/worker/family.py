"""The processes that a process has started, and they, and so on."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types


def of(pid: int) -> list[psutil.Process]:
    """Return the process and all below it, parents before children; nothing if it is gone."""
    try:
        first = psutil.Process(pid)
        return [first, *below(first)]
    except psutil.Error:
        return []


def below(process: psutil.Process) -> list[psutil.Process]:
    """Return all processes below this one, parents before children."""
    found: list[psutil.Process] = []
    try:
        if not Path(f"/proc/{process.pid}/task/{process.pid}/children").exists():
            # Looks at every process of the machine, of which an executor's may have thousands.
            found += process.children(recursive=True)
            return found
    except psutil.Error:
        return []
    pids = _children(process.pid)
    for pid in pids:  # which grows meanwhile
        with contextlib.suppress(psutil.Error):
            found.append(psutil.Process(pid))
        pids += _children(pid)
    return found


def _children(pid: int) -> list[int]:
    """Return the children of all threads of a process (Linux: CONFIG_PROC_CHILDREN)."""
    children: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += map(int, file.read_text().split())
    return children
