"""Where a task stands still while it is suspended: between two bytecodes, without a frame of ours.

Python calls a signal's handler in the main thread between two bytecodes. The hub's thread marks a
signal number that nobody else uses as having arrived (`interrupt_main`: no signal is sent, so no
system call is interrupted), and the handler waits for as long as the gate is closed.

That handler is C code from end to end, so that user code cannot tell: it makes no frame that a
tracer or profiler would see or a recursion limit would count, it runs in the context and greenlet
of the code that it interrupts, and a signal handler of the user's that runs meanwhile does, too.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from _signal import (  # type: ignore[import-not-found]  # typeshed has it as part of `signal`
    SIG_DFL,
    getsignal,  # `signal`'s own calls an enumeration first, written in Python
)
from _thread import interrupt_main
from collections.abc import Callable
from select import EPOLLIN, epoll  # now: gevent and eventlet take epoll away
from typing import Any, Final

from neptune_spark.worker import eventfd

# A number is also how many seconds the handler waits at most; hence large ones first. The hub has
# it wait again before that: see the pauses of `listener`.
_NUMBERS: Final = range(signal.SIGRTMAX - 1, signal.SIGRTMIN, -1)


class Gate:
    """Open, or closed to the main thread. To open or close it again does nothing.

    THREADING: `install`, `uninstall` and `wait` are the main thread's; all else is anybody's. To
    call `trip` while the gate is open does no harm, nor does it twice in a row.
    """

    def __init__(self) -> None:
        self._level = eventfd.create(1)
        self._epoll = epoll()
        self._epoll.register(self._level, EPOLLIN)
        # Python calls a handler with the number and the frame; `property.__get__` drops the latter,
        # and `epoll.poll(number)` waits for the level, for so many seconds at most.
        self._handler: Callable[..., Any] = property(self._epoll.poll).__get__
        self._number = 0
        self._mark: Callable[[int], object]
        self.descriptor: Final = self._epoll.fileno()
        """What the main thread's system call waits for when it stands here."""

    def install(self) -> bool:
        """Take a signal number that nobody uses; return whether there is one, or was already.

        Raises
        ------
        ValueError
            This is not the main thread.
        """
        if not self.is_installed():
            free = (n for n in _NUMBERS if getsignal(n) == SIG_DFL)
            self._number = next(free, 0)
            if self._number:
                signal.signal(self._number, self._handler)
                self._mark = _marker(self._number)
        return self._number != 0

    def uninstall(self) -> None:
        """Give the number back."""
        if self.is_installed():
            signal.signal(self._number, signal.SIG_DFL)
        self._number = 0

    def is_installed(self) -> bool:
        """Whether the main thread would stop here: not if user code has taken all numbers."""
        return self._number != 0 and getsignal(self._number) is self._handler

    def trip(self) -> None:
        """Have the main thread come here before its next bytecode, if it would stop here."""
        if self.is_installed():
            self._mark(self._number)

    def close(self) -> None:
        """Let nobody pass."""
        try:  # noqa: SIM105 - the hub's thread has no use for context managers
            eventfd.take_all(self._level)
        except BlockingIOError:
            pass  # it was closed

    def open(self) -> None:
        """Let everybody pass, also those who wait here."""
        eventfd.add_one(self._level)

    def wait(self) -> None:
        """Wait here until the gate is open."""
        while not self._epoll.poll():
            pass

    def discard(self) -> None:
        """Free what the gate holds, in a child that was forked, too; nobody may come here after."""
        self._epoll.close()
        os.close(self._level)


def _marker(number: int) -> Callable[[int], object]:
    """Return C code that marks a number as having arrived, which has a handler in Python."""
    if sys.version_info >= (3, 10):
        return interrupt_main  # type: ignore[return-value]  # any number will do
    # There that is for SIGINT alone. What the kernel calls does the same and no more (trip_signal
    # of CPython's signalmodule.c).
    handler = ctypes.PYFUNCTYPE(None, ctypes.c_int)
    get_handler = ctypes.PYFUNCTYPE(handler, ctypes.c_int)
    return get_handler(("PyOS_getsig", ctypes.pythonapi))(number)
