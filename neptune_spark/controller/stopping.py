"""Stops and continues processes by signal, such that none of them can see another one stopped.

A shell with job control is told when a child of its own stops, and takes that for the child's end.
So parents are stopped before their children, which are left alone until the parent stands still;
and children are continued before their parents, which find them running.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types

from neptune_spark.controller import process_tree

LIMIT_S = 1.0
"""How long to look for processes that were started meanwhile."""
PARENT_LIMIT_S = 0.05
"""How long to wait for one that the kernel cannot stop now: it waits for a disk's answer, say. One
that waits for a processor, in order to stop, is waited for until `LIMIT_S`."""
_LOOK_S = 0.0002
_STOPPED = ("T", "t")
_UNINTERRUPTIBLE = "D"


def stop(pid: int, tell: Callable[[list[psutil.Process]], None]) -> None:
    """Stop a process and all below it that nobody else has stopped.

    Parameters
    ----------
    tell : Callable[[list[psutil.Process]], None]
        Told of each before it is stopped, parents before children.
    """
    deadline_s = time.monotonic() + LIMIT_S
    seen: set[psutil.Process] = set()
    standing: set[int] = set()
    # Until no new ones are found, since each may have started some before it was stopped.
    while found := [process for process in process_tree.of(pid) if process not in seen]:
        seen.update(found)
        tell([process for process in found if not _stands(process)])
        for process in found:
            _stop(process, pid, standing)
        if time.monotonic() > deadline_s:
            break  # it starts processes faster than we find them


def resume(processes: Iterable[psutil.Process]) -> None:
    """Continue processes, given parents before children, the children first."""
    for process in reversed(list(processes)):
        with contextlib.suppress(*process_tree.GONE):
            process.resume()


def _stop(process: psutil.Process, first: int, standing: set[int]) -> None:
    """Stop one process as soon as its parent stands still, which is in `standing` then."""
    with contextlib.suppress(*process_tree.GONE):
        if not _stands(process):
            parent = process.ppid() if process.pid != first else None
            if parent is not None and parent not in standing:
                _wait_until_it_stands(parent)
                standing.add(parent)
            process.suspend()


def _wait_until_it_stands(pid: int) -> None:
    begun_s = time.monotonic()
    with contextlib.suppress(*process_tree.GONE):
        parent = psutil.Process(pid)
        while not _stands(parent):
            limit_s = PARENT_LIMIT_S if _UNINTERRUPTIBLE in _states(parent) else LIMIT_S
            if time.monotonic() - begun_s > limit_s:
                break
            time.sleep(_LOOK_S)


def _stands(process: psutil.Process) -> bool:
    """Return whether all threads of a process are stopped."""
    states = _states(process)
    return bool(states) and all(state in _STOPPED for state in states)


def _states(process: psutil.Process) -> list[str]:
    """Return the states of a process's threads."""
    return [
        found.state
        for thread in process_tree.threads(process.pid)
        if (found := process_tree.stat(process.pid, thread))
    ]
