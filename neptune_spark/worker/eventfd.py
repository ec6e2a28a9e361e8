"""Linux's eventfd, a count behind a file descriptor, which Python itself has from 3.10 on."""

from __future__ import annotations

import ctypes
import os
import sys
from os import read, write  # now: eventlet replaces them
from typing import Final

_libc: Final = ctypes.CDLL(None, use_errno=True)
_COUNT_BYTES: Final = 8
_ONE: Final = (1).to_bytes(_COUNT_BYTES, sys.byteorder)


def create(count: int) -> int:
    """Return the descriptor of a new one, which is closed on exec and never waits.

    Raises
    ------
    OSError
        The process has no descriptor left, or the kernel no memory.
    """
    # <sys/eventfd.h>: EFD_CLOEXEC and EFD_NONBLOCK are these.
    descriptor: int = _libc.eventfd(count, os.O_CLOEXEC | os.O_NONBLOCK)
    if descriptor < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"eventfd: {os.strerror(number)}")
    return descriptor


def add_one(descriptor: int) -> None:
    """Count one more: who waits for the descriptor to be readable need not wait any more."""
    write(descriptor, _ONE)


def take_all(descriptor: int) -> None:
    """Set the count to 0: it is not readable any more.

    Raises
    ------
    BlockingIOError
        It is 0.
    """
    read(descriptor, _COUNT_BYTES)
