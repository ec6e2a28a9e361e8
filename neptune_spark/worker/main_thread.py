"""What the main thread of this process does, as the kernel has it: whether it stands still."""

from __future__ import annotations

import os
from enum import Enum, auto
from typing import Final

_ASLEEP: Final = frozenset("SD")
# How many events `epoll.poll` asks for by default (FD_SETSIZE - 1; select_epoll_poll_impl of
# CPython's selectmodule.c, 3.10 to 3.14). In other system calls a pointer stands there, or nothing.
_EVENTS: Final = hex(1023)


class MainThreadState(Enum):
    """What the main thread does."""

    AT_GATE = auto()
    """It waits at the gate."""
    ASLEEP = auto()
    """It sleeps in another system call, and comes to the gate when that is over."""
    RUNNING = auto()
    """It runs, or is about to."""


def main_thread_state(gate: int) -> MainThreadState:
    """Look what the main thread does.

    Parameters
    ----------
    gate : int
        The descriptor that a thread waits for at the gate.
    """
    # Linux gives the main thread the number of its process, also after a fork in another thread.
    task = f"/proc/self/task/{os.getpid()}"
    try:
        # "NUMBER ARGUMENT ...", where it sleeps in a system call (proc_pid_syscall of fs/proc).
        words = _read(f"{task}/syscall").split()
        if len(words) > 3 and (words[1], words[3]) == (hex(gate), _EVENTS):
            return MainThreadState.AT_GATE
        state = _read(f"{task}/stat").rpartition(")")[2].split()[0]
    except OSError:
        return MainThreadState.RUNNING  # not to be seen here: the executor decides
    return MainThreadState.ASLEEP if state in _ASLEEP else MainThreadState.RUNNING


def _read(path: str) -> str:
    # Not by `open`, which a task may have put something else in the place of.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, 1000).decode()
    finally:
        os.close(descriptor)
