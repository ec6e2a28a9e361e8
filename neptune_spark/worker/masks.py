"""Which signals a thread has blocked, changed without a look at those that have come.

Python's own `pthread_sigmask` looks for them after it has changed the mask, and so may raise what a
handler of the user's raises, with the mask changed.
"""

from __future__ import annotations

import ctypes
from _signal import (  # type: ignore[import-not-found]  # `signal`'s own are members of enumerations
    SIG_BLOCK,
    SIG_SETMASK,
)
from collections.abc import Callable
from functools import partial
from typing import Final

# With the interpreter's lock held: nobody else runs meanwhile.
_libc: Final = ctypes.PyDLL(None)
_SIGSET_BYTES: Final = 128


class Mask:
    """A set of signals, in memory that C code may read and write."""

    def __init__(self) -> None:
        self.memory: Final = ctypes.create_string_buffer(_SIGSET_BYTES)


def blocking_all(found: Mask) -> Callable[[], int]:
    """Return C code that blocks all signals for its caller, and writes its mask to `found`."""
    return partial(_libc.pthread_sigmask, SIG_BLOCK, _ALL.memory, found.memory)


def setting(mask: Mask) -> Callable[[], int]:
    """Return C code that makes `mask`, as it is then, its caller's mask."""
    return partial(_libc.pthread_sigmask, SIG_SETMASK, mask.memory, None)


def current() -> Mask:
    """Return a copy of the caller's mask."""
    mask = Mask()
    _libc.pthread_sigmask(SIG_BLOCK, None, mask.memory)
    return mask


_ALL: Final = Mask()
_libc.sigfillset(_ALL.memory)
