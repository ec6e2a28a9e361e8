"""The processes that a process has started, and they, and so on.

Any of them may end while it is looked at: what is gone is left out.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types

GONE = (psutil.Error, OSError, ValueError)
"""What is raised for a process that has ended, or is not ours to look at: by psutil, by /proc, and
where a file of /proc was cut short."""

_GENERATIONS_AT_MOST = 1000


class Identity(NamedTuple):
    """A process that no later one of the same number is taken for."""

    pid: int
    start_ticks: int
    """When it started, in ticks since the machine did (Linux); 0: not known."""

    @classmethod
    def parse(cls, text: str) -> Identity:
        """Return what `str` made of one."""
        pid, start_ticks = map(int, text.split(":"))
        return cls(pid, start_ticks)

    @classmethod
    def of(cls, pid: int) -> Identity:
        """Return that of the process which has this number now."""
        found = stat(pid)
        return cls(pid, found.start_ticks if found else 0)

    def process(self) -> psutil.Process | None:
        """Return the process, None if it is gone."""
        with contextlib.suppress(*GONE):
            process = psutil.Process(self.pid)
            if self.start_ticks in (0, Identity.of(self.pid).start_ticks):
                return process
        return None

    def __str__(self) -> str:
        """As the executor writes it."""
        return f"{self.pid}:{self.start_ticks}"


class Stat(NamedTuple):
    """What /proc tells of a process or thread in one line."""

    state: str
    parent: int
    reaped_ticks: int
    """Processor time of its children that have ended and were waited for."""
    start_ticks: int


def stat(pid: int, thread: int | None = None) -> Stat | None:
    """Return what /proc tells, None if it is gone, or elsewhere than on Linux."""
    where = f"/proc/{pid}/stat" if thread is None else f"/proc/{pid}/task/{thread}/stat"
    try:
        with open(where, "rb") as file:
            # The name before may have blanks and parentheses of its own.
            words = file.read().rpartition(b")")[2].split()
        # From the third field of proc(5) on.
        return Stat(
            words[0].decode(), int(words[1]), int(words[13]) + int(words[14]), int(words[19])
        )
    except (*GONE, IndexError):
        return None


def threads(pid: int) -> list[int]:
    """Return the threads of a process (Linux)."""
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except GONE:
        return []


def has_ended(pid: int) -> bool:
    """Return whether a process has ended and was not waited for yet (Linux)."""
    found = stat(pid)
    # The main thread may end before others.
    return found is not None and found.state == "Z" and len(threads(pid)) <= 1


def of(pid: int) -> list[psutil.Process]:
    """Return the process and all below it, parents before children; nothing if it is gone."""
    try:
        first = psutil.Process(pid)
        return [first, *below(first)]
    except GONE:
        return []


def below(process: psutil.Process) -> list[psutil.Process]:
    """Return all processes below this one, parents before children."""
    try:
        if not Path(f"/proc/{process.pid}/task/{process.pid}/children").exists():
            # Looks at every process of the machine, of which an executor's may have thousands.
            return list(process.children(recursive=True))
    except GONE:
        return []
    found: list[psutil.Process] = []
    pids = _children(process.pid)
    seen = {process.pid}  # a number may be used anew meanwhile
    for pid in pids:  # which grows meanwhile
        if pid not in seen:
            seen.add(pid)
            with contextlib.suppress(*GONE):
                found.append(psutil.Process(pid))
            pids += _children(pid)
    return found


def descends(pid: int, ancestor: int) -> bool:
    """Return whether a process was started by `ancestor`, or by one that was, and so on."""
    try:
        for _ in range(_GENERATIONS_AT_MOST):
            pid = psutil.Process(pid).ppid()
            if pid == ancestor:
                return True
            if pid <= 1:
                break
    except GONE:
        pass
    return False


def _children(pid: int) -> list[int]:
    """Return the children of all threads of a process (Linux: CONFIG_PROC_CHILDREN)."""
    children: list[int] = []
    for thread in threads(pid):
        with contextlib.suppress(*GONE), open(f"/proc/{pid}/task/{thread}/children") as file:
            children += map(int, file.read().split())
    return children
