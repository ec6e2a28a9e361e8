"""What is done around the forks of a worker's process, by whichever of its threads.

A child must not be made while the hub's thread runs: it would have copies of locks that nobody
releases. No signal is taken meanwhile, since Python drops what a handler raises in these hooks: it
is raised where `os.fork` returns. That is why the first and the last hook are C code.

In the child nothing is waited for, and nothing is written that its parent would read.
"""

from __future__ import annotations

import os
from _thread import allocate_lock, get_ident  # now: gevent and eventlet replace it

from neptune_spark.worker import current, masks

# What the first hook has found, and what the last one sets: each for the thread that forks.
_found = masks.Mask()
_wanted = masks.Mask()
# The masks of the threads that fork just now.
_forking: dict[int, bytes] = {}
_lock = allocate_lock()


def _before() -> None:
    _forking[get_ident()] = _found.memory.raw
    hub = current.hub()
    if hub is not None:
        with _lock:
            hub.stop_listening()


def _after_in_parent() -> None:
    mask = _forking.pop(get_ident(), _found.memory.raw)
    hub = current.hub()
    try:
        if hub is not None:
            with _lock:
                # Another thread that is about to fork has stopped it, too, or is waiting to.
                if not _forking:
                    hub.listen()
    finally:
        # No look for signals comes between this and the last hook.
        _wanted.memory.raw = mask


def _after_in_child() -> None:
    global _lock
    mask = _forking.pop(get_ident(), _found.memory.raw)
    hub = current.hub()
    try:
        _forking.clear()
        _lock = allocate_lock()
        if hub is not None:
            hub.leave_to_parent()
    finally:
        _wanted.memory.raw = mask


def register() -> None:
    """Have it done from now on, in children, too. Call this once: it can't be taken back."""
    os.register_at_fork(
        before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
    )
    # Those that come before the fork are called in the opposite order.
    os.register_at_fork(
        before=masks.blocking_all(_found),
        after_in_parent=masks.setting(_wanted),
        after_in_child=masks.setting(_wanted),
    )
