"""Has Linux give a thread time slices of another length than others' (from 6.12 on)."""

from __future__ import annotations

import ctypes
import os
import struct
from functools import lru_cache
from typing import Final

SHORT_NS: Final = 100_000
"""The least that Linux takes, in nanoseconds."""
USUAL_NS: Final = 0
"""As long as those of all who have not asked for others."""

# <asm/unistd.h>: sched_setattr, for which libc has no function.
_SCHED_SETATTR: Final = {"x86_64": 314, "aarch64": 274}
# <linux/sched/types.h>: struct sched_attr as of its first version; <linux/sched.h>.
_ATTRIBUTES: Final = struct.Struct("IIQiIQQQ")
_SCHED_FLAG_KEEP_POLICY: Final = 0x08


@lru_cache(maxsize=None)
def libc() -> ctypes.CDLL:
    """Return libc, which takes longer to find than to call."""
    return ctypes.CDLL(None)


def set_niceness(thread: int, niceness: int, slice_ns: int) -> bool:
    """Set how nice a thread is, and how long its time slices are.

    Who wakes up need not wait for the end of a slice that is longer than its own, or longer than
    that of anybody else who waits (do_preempt_short and set_protect_slice of Linux's fair.c, 6.12
    and 6.17), up to three milliseconds otherwise. So both those who are to start at once and those
    who are in their way have short ones. Nobody runs more by that, or less.

    Parameters
    ----------
    thread : int
        Its id; 0: the calling one.
    niceness : int
        From -20 to 19.
    slice_ns : int
        `SHORT_NS` or `USUAL_NS`; has no effect before Linux 6.12.

    Returns
    -------
    bool
        False if it is gone, or we may not.
    """
    number = _SCHED_SETATTR.get(os.uname().machine)
    if number is not None:
        size, flags = _ATTRIBUTES.size, _SCHED_FLAG_KEEP_POLICY
        attributes = _ATTRIBUTES.pack(size, 0, flags, niceness, 0, slice_ns, 0, 0)
        if libc().syscall(number, thread, attributes, 0) == 0:
            return True
    # Also where a container's filter knows no such call.
    try:
        os.setpriority(os.PRIO_PROCESS, thread, niceness)
    except OSError:
        return False
    return True
