"""Raises an exception in another thread."""

from __future__ import annotations

import ctypes


def raise_in(thread: int, kind: type[BaseException]) -> None:
    """Have a thread raise before its next bytecode. A later call replaces an earlier one.

    Args:
        thread: its identity, as `threading.get_ident` gives it.
        kind: what to raise; it is made without arguments.
    """
    _set(thread, ctypes.py_object(kind))


def forget(thread: int) -> None:
    """Take back what the thread has not raised yet."""
    _set(thread, None)


def _set(thread: int, kind: ctypes.py_object[type[BaseException]] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), kind)
