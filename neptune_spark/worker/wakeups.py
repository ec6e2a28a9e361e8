"""Has Linux run a thread as soon as it wakes up, and do so beside others that are always busy."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import Final

NAME: Final = "neptune-hub"
"""What the kernel calls such a thread (`/proc/PID/task/TID/comm`)."""

# <linux/prctl.h>
_PR_SET_NAME: Final = 15
_PR_SET_TIMERSLACK: Final = 29
# <asm/unistd.h>: sched_setattr, for which libc has no function.
_SCHED_SETATTR: Final = {"x86_64": 314, "aarch64": 274}
# <linux/sched/types.h>: struct sched_attr as of its first version; <linux/sched.h>.
_ATTRIBUTES: Final = struct.Struct("IIQiIQQQ")
_SCHED_FLAG_KEEP_POLICY: Final = 0x08
# The least that Linux takes.
_SLICE_NS: Final = 100_000


def prefer_calling_thread() -> None:
    """Have the calling thread wait no longer than it must, as far as its user may ask for that."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NAME, NAME.encode(), 0, 0, 0)
    # By so many nanoseconds, by default 50 microseconds, the kernel may prolong a wait, one for the
    # interpreter's lock, too.
    libc.prctl(_PR_SET_TIMERSLACK, 1, 0, 0, 0)
    number = _SCHED_SETATTR.get(os.uname().machine)
    if number is not None:
        # From 6.12 on Linux does not make a thread wait for the end of a longer slice (do_preempt_
        # short of its fair.c). It runs no more than before: its slices are as short. Refused or
        # not known, it waits up to three milliseconds now and then.
        nice = os.getpriority(os.PRIO_PROCESS, 0)
        size, flags = _ATTRIBUTES.size, _SCHED_FLAG_KEEP_POLICY
        attributes = _ATTRIBUTES.pack(size, 0, flags, nice, 0, _SLICE_NS, 0, 0)
        libc.syscall(number, 0, attributes, 0)


def is_preferred(process: int, thread: int) -> bool:
    """Whether a thread, of any process, has asked for that."""
    try:
        with open(f"/proc/{process}/task/{thread}/comm") as file:
            return file.read().rstrip() == NAME
    except OSError:
        return False  # it has ended
