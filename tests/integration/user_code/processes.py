"""Threads, and processes of all kinds: forks, pools, shells and programs."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import threading
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import factorial
from typing import Any

import neptune_spark
from tests.integration.user_code.common import Task, busy


def threads(numbers: Iterable[int]) -> Iterator[Any]:
    """A pool at work, and a counter that is right only under its lock."""
    lock = threading.Lock()
    total = 0

    def add(number: int) -> int:
        nonlocal total
        busy(0.01)
        with lock:
            before = total
            busy(0.001)
            total = before + number
        return number

    with ThreadPoolExecutor(3) as pool:
        yield from pool.map(add, numbers)
    yield total


def sections(numbers: Iterable[int]) -> Iterator[Any]:
    """Sections of the task's and of a thread's, with yield points, one within the other."""

    @neptune_spark.no_suspend()
    def transaction(number: int) -> int:
        busy(0.005)
        with neptune_spark.no_suspend():
            busy(0.005)
            neptune_spark.yield_point()
        return number

    with ThreadPoolExecutor(1) as pool:
        for number in numbers:
            theirs = pool.submit(transaction, number)
            yield transaction(number) + theirs.result()
            busy(0.01)


def forks(numbers: Iterable[int]) -> Iterator[Any]:
    """Children by `os.fork`, which warns in a process with threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in numbers:
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                os.write(writer, str(number + busy(0.02)).encode())
                os._exit(7)
            busy(0.01)
            yield int(os.read(reader, 20)), os.WEXITSTATUS(os.waitpid(child, 0)[1])
            os.close(reader)
            os.close(writer)


def double(number: int) -> int:
    return 2 * number + busy(0.01)


def forked_pool(numbers: Iterable[int]) -> Iterator[Any]:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        yield from pool.imap(double, numbers)


def spawned_pool(numbers: Iterable[int]) -> Iterator[Any]:
    """Processes that run the worker's main module once more, under another name."""
    records = list(numbers)
    if records[0] == 0:  # it takes a second or two
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            records = pool.map(factorial, records)
    busy(0.2)
    yield from records


# Job control, by which a shell sees that a child is stopped, and says so.
_SHELL = """
set -m
n=0
for i in 1 2 3 4 5 6; do
    (sleep 0.01; exit 3) & wait $!; n=$((n * 10 + $?))
    m=0; while [ $m -lt 3000 ]; do m=$((m + 1)); done
done
echo $n
"""


def programs(numbers: Iterable[int]) -> Iterator[Any]:
    """A shell, and a pipe of programs."""
    for answer in _outputs(numbers):
        yield answer.decode()


def _outputs(numbers: Iterable[int]) -> Iterator[bytes]:
    for number in numbers:
        busy(0.01)
        if number % 4 == 0:
            yield subprocess.check_output(["bash", "-c", _SHELL], stderr=subprocess.DEVNULL)
        yield subprocess.check_output(["sh", "-c", "seq 20000 | sort -rn | tail -n 1"])


TASKS: dict[str, Task] = {
    "threads": threads,
    "sections": sections,
    "forks": forks,
    "forked_pool": forked_pool,
    "spawned_pool": spawned_pool,
    "programs": programs,
}
