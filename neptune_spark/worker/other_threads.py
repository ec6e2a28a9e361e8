"""Whether this process does anything beside what its main thread does."""

from __future__ import annotations

import os

# The links of a directory of Linux's /proc: its own two, and one for each entry (proc_task_getattr
# of fs/proc/base.c). One system call, where listing the directory takes a dozen.
_OWN_LINKS = 2
# The main thread and the hub's.
_OWN_THREADS = 2


def has_other_threads_or_children() -> bool:
    """Return whether other threads (of Python or of a library) or child processes exist.

    A child that has ended and was not waited for counts: to find out would cost more than to have
    the executor look. So does not knowing.
    """
    return _has_threads() or _has_children()


def _has_threads() -> bool:
    try:
        return os.stat("/proc/self/task").st_nlink - _OWN_LINKS > _OWN_THREADS
    except OSError:
        return True


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
