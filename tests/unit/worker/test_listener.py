"""The hub's thread looks after a task as soon as it is to, and is called by a name of its own."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neptune_spark.worker.listener import Listener
from neptune_spark.worker.wakeups import NAME

PAUSES = 30


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A socket on which nothing comes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours


def listen_until(
    done: threading.Event, to: socket.socket, attend: Callable[[], float | None]
) -> None:
    """Have a listener attend until that is done."""
    listener = Listener(to.fileno(), attend, may_leave=lambda: True)
    listener.start()
    try:
        assert done.wait(60)
    finally:
        listener.stop()
        listener.discard()


def pause_lasts_s(silent: socket.socket, wanted_s: float) -> float:
    """The shortest of some pauses after which one wants to be called again.

    In the others, somebody else may have had the processor.
    """

    def lasts_s() -> float:
        calls: list[float] = []
        done = threading.Event()

        def attend() -> float | None:
            calls.append(time.monotonic())
            if len(calls) < 2:
                return wanted_s
            done.set()
            return None

        listen_until(done, silent, attend)
        return calls[1] - calls[0]

    return min(lasts_s() for _ in range(PAUSES))


def test_pauses_below_a_millisecond_are_as_short_as_that(silent: socket.socket) -> None:
    # `epoll` rounds up: with it alone, both would take the same.
    assert pause_lasts_s(silent, 0.00005) < pause_lasts_s(silent, 0.001) / 2


def test_its_thread_has_a_name_in_the_kernel(silent: socket.socket) -> None:
    names: list[str] = []
    done = threading.Event()

    def attend() -> None:
        names.append(Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}/comm").read_text())
        done.set()

    listen_until(done, silent, attend)
    assert names[0].rstrip() == NAME
