"""Whether this process does anything beside what its main thread does."""

from __future__ import annotations

import os
import sys

# The links of a directory of Linux's /proc: its own two, and one for each entry (proc_task_getattr
# of fs/proc/base.c). One system call, where listing the directory takes a dozen.
_OWN_LINKS = 2


def has_company() -> bool:
    """Return whether other threads (of Python or of a library) or child processes exist.

    A child that has ended and was not waited for counts: to find out would cost more than to stop
    a process that need not be. So does not knowing: elsewhere than on Linux the answer is True.
    """
    return sys.platform != "linux" or _has_threads() or _has_children()


def _has_threads() -> bool:
    return os.stat("/proc/self/task").st_nlink - _OWN_LINKS > 1


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
