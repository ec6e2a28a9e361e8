"""Event loops: gevent, eventlet, asyncio and uvloop.

gevent and eventlet each replace parts of Python's library for the rest of the process.
"""

from __future__ import annotations

import asyncio
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from tests.integration.user_code.common import Task, at_home, busy

R = TypeVar("R")


def echo(ours: socket.socket, theirs: socket.socket, number: int) -> int:
    """Send a number and take it back, by way of a thread, or what is one here."""

    def answer() -> None:
        theirs.sendall(theirs.recv(20))

    with ours, theirs:
        thread = threading.Thread(target=answer)
        thread.start()
        ours.sendall(str(number).encode())
        told = int(ours.recv(20))
        thread.join()
    return told


def blocking(number: int) -> int:
    """What such a library makes cooperative: sleeps, locks, queues, sockets, threads, programs."""
    words: queue.Queue[int] = queue.Queue(1)
    thread = threading.Thread(target=lambda: [*map(words.put, range(5))])
    thread.start()
    total = 0
    for _ in range(5):
        total += words.get() + busy(0.004)
        time.sleep(0.002)
    thread.join()
    return total + echo(*socket.socketpair(), number)


def patched_gevent(numbers: Iterable[int]) -> Iterator[Any]:
    from gevent import monkey

    monkey.patch_all()
    from gevent.pool import Pool

    yield at_home()
    yield from Pool(4).imap(blocking, numbers)
    yield subprocess.run(["echo", "word"], stdout=subprocess.PIPE, check=True).stdout.decode()


def gevent_threadpool(numbers: Iterable[int]) -> Iterator[Any]:
    import gevent
    from gevent.threadpool import ThreadPool

    pool = ThreadPool(2)

    def in_thread(number: int) -> int:
        result: int = pool.apply(lambda: busy(0.01) + number)
        return result

    yield [job.get() for job in [gevent.spawn(in_thread, number) for number in numbers]]
    pool.kill()
    yield at_home()


def eventlet_pool(numbers: Iterable[int]) -> Iterator[Any]:
    import eventlet

    def lookup(number: int) -> int:
        eventlet.sleep(0.002)
        return number + busy(0.02)

    yield at_home()
    yield from eventlet.GreenPool(4).imap(lookup, numbers)


def patched_eventlet(numbers: Iterable[int]) -> Iterator[Any]:
    import eventlet

    eventlet.monkey_patch()
    yield from eventlet.GreenPool(4).imap(blocking, numbers)


async def coroutine(numbers: Iterable[int]) -> list[Any]:
    """Tasks, a thread, a program, and a signal handler of the loop's."""
    loop = asyncio.get_running_loop()
    threads = ThreadPoolExecutor()
    alarms = asyncio.Event()
    loop.add_signal_handler(signal.SIGALRM, alarms.set)
    signal.setitimer(signal.ITIMER_REAL, 0.05)

    async def work(number: int) -> int:
        await asyncio.sleep(0.002)
        return number + busy(0.01) + await loop.run_in_executor(threads, busy, 0.005)

    words = [sys.executable, "-c", "print(input())"]
    pipe = subprocess.PIPE
    program = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)
    answers: list[Any] = list(await asyncio.gather(*(work(number) for number in numbers)))
    answers.append((await program.communicate(b"word\n"))[0].decode())
    await alarms.wait()
    loop.remove_signal_handler(signal.SIGALRM)
    threads.shutdown()
    return answers


def run(loop: asyncio.AbstractEventLoop, whole: Coroutine[Any, Any, R]) -> R:
    """As `asyncio.Runner` does, which is new in Python 3.11."""
    try:
        return loop.run_until_complete(whole)
    finally:
        loop.close()


def loop_of_asyncio(numbers: Iterable[int]) -> Iterator[Any]:
    yield from asyncio.run(coroutine(numbers))


def loop_of_uvloop(numbers: Iterable[int]) -> Iterator[Any]:
    import uvloop

    yield from run(uvloop.new_event_loop(), coroutine(numbers))


def on_three_loops(numbers: Iterable[int]) -> Iterator[Any]:
    """Loops of their own in threads, beside one here."""

    async def work(number: int) -> int:
        await asyncio.sleep(0.001)
        return number + busy(0.01)

    answers: list[list[int]] = []

    def work_on(shares: Iterable[int], new: Callable[[], asyncio.AbstractEventLoop]) -> None:
        for number in shares:
            answers.append([number, run(new(), work(number))])

    import uvloop

    records = list(numbers)
    threads = [
        threading.Thread(target=work_on, args=(records[n::3], new))
        for n, new in enumerate((asyncio.new_event_loop, uvloop.new_event_loop))
    ]
    for thread in threads:
        thread.start()
    work_on(records[2::3], asyncio.new_event_loop)
    for thread in threads:
        thread.join()
    yield from sorted(answers)


GEVENT: dict[str, Task] = {
    "patched_gevent": patched_gevent,
    "gevent_threadpool": gevent_threadpool,
}
EVENTLET: dict[str, Task] = {"eventlet_pool": eventlet_pool, "patched_eventlet": patched_eventlet}
TASKS: dict[str, Task] = {
    "loop_of_asyncio": loop_of_asyncio,
    "loop_of_uvloop": loop_of_uvloop,
    "on_three_loops": on_three_loops,
}
