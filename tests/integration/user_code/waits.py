"""C code that does not look for EINTR: an interrupted call is an error here."""

from __future__ import annotations

import ctypes
import os
import select
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.integration.user_code.common import Task, busy

_SEMAPHORE_BYTES = 256  # far more than any libc needs


def later(act: Callable[[], object]) -> threading.Thread:
    """Do something when somebody has waited for it a while."""

    def run() -> None:
        time.sleep(0.015)
        act()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def semaphore(numbers: Iterable[int]) -> Iterator[Any]:
    """`sem_wait`, which answers 0, or -1."""
    libc = ctypes.CDLL(None)
    sem = ctypes.create_string_buffer(_SEMAPHORE_BYTES)
    libc.sem_init(sem, 0, 0)
    for _ in numbers:
        posts = later(lambda: libc.sem_post(sem))
        yield libc.sem_wait(sem)
        posts.join()
        busy(0.005)


def fifo(numbers: Iterable[int]) -> Iterator[Any]:
    """`open` of a FIFO, which waits for whoever opens its other end."""
    libc = ctypes.CDLL(None)
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "fifo")
        os.mkfifo(path)
        for _ in numbers:
            opens = later(lambda: os.close(os.open(path, os.O_WRONLY)))
            descriptor = libc.open(path.encode(), os.O_RDONLY)
            yield descriptor >= 0
            if descriptor < 0:
                os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            else:
                os.close(descriptor)
            opens.join()
            busy(0.005)


def calls(numbers: Iterable[int]) -> Iterator[Any]:
    """`poll`, `nanosleep` and `msgrcv`, which the kernel never begins again."""
    libc = ctypes.CDLL(None)
    duration = (ctypes.c_long * 2)(0, 15_000_000)
    queue = libc.msgget(0, 0o600)  # IPC_PRIVATE
    message = ctypes.create_string_buffer(16)
    try:
        for number in numbers:
            yield libc.poll(None, 0, 15), libc.nanosleep(duration, None)
            letter = ctypes.create_string_buffer((1).to_bytes(8, "little") + bytes([number]), 16)
            sends = later(lambda letter=letter: libc.msgsnd(queue, letter, 1, 0))  # type: ignore[misc]  # the default binds
            yield libc.msgrcv(queue, message, 1, 0, 0), message.raw[8]
            sends.join()
            busy(0.005)
    finally:
        libc.msgctl(queue, 0, None)  # IPC_RMID


def sleeps(numbers: Iterable[int]) -> Iterator[Any]:
    """Waits of Python's own, none of which may be too short."""
    for number in numbers:
        start = time.monotonic()
        time.sleep(0.01)
        select.select([], [], [], 0.01)
        threading.Event().wait(0.01)
        yield number, time.monotonic() - start >= 0.03


TASKS: dict[str, Task] = {"semaphore": semaphore, "fifo": fifo, "calls": calls, "sleeps": sleeps}
