"""Raises an exception in another thread."""

from __future__ import annotations

import ctypes
from _thread import get_ident  # now: gevent and eventlet replace it


class _Nothing(BaseException):
    """Raised in the place of what was to be raised, and caught at once."""


def raise_in(thread: int, kind: type[BaseException]) -> None:
    """Have a thread raise before its next bytecode. A later call replaces an earlier one.

    Parameters
    ----------
    thread : int
        Its identity, as `threading.get_ident` gives it.
    kind : type[BaseException]
        What to raise; it is made without arguments.
    """
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))


def forget() -> None:
    """Take back what this thread has not raised yet.

    To ask for nothing in its place would leave CPython up to 3.12 looking for an exception at every
    turn for ever: it is raising one that ends that. It costs time, and a function that is traced
    would never begin (3.11).
    """
    try:
        raise_in(get_ident(), _Nothing)
        while True:
            pass  # it comes before the next turn
    except _Nothing:
        pass
