"""Has Linux run a thread as soon as it wakes up, and do so beside others that are always busy."""

from __future__ import annotations

import os
from typing import Final

from neptune_spark.worker import slices

NAME: Final = "neptune-hub"
"""What the kernel calls such a thread (`/proc/PID/task/TID/comm`)."""

# <linux/prctl.h>
_PR_SET_NAME: Final = 15
_PR_SET_TIMERSLACK: Final = 29


def prefer_calling_thread() -> None:
    """Have the calling thread wait no longer than it must, as far as its user may ask for that."""
    libc = slices.libc()
    libc.prctl(_PR_SET_NAME, NAME.encode(), 0, 0, 0)
    # By so many nanoseconds, by default 50 microseconds, the kernel may prolong a wait, one for the
    # interpreter's lock, too.
    libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    # The longest wait is another's slice: three milliseconds, otherwise.
    slices.set_niceness(0, os.getpriority(os.PRIO_PROCESS, 0), slices.SHORT_NS)


def is_preferred(process: int, thread: int) -> bool:
    """Whether a thread, of any process, has asked for that."""
    try:
        with open(f"/proc/{process}/task/{thread}/comm") as file:
            return file.read().rstrip() == NAME
    except OSError:
        return False  # it has ended
