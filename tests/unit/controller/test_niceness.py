"""Threads and processes are made nicer, and that is taken back, also from what they started."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from neptune_spark.controller.niceness import Niceness
from neptune_spark.worker.slices import SHORT_NS
from neptune_spark.worker.wakeups import is_preferred

pytestmark = pytest.mark.skipif(
    not Niceness(os.getpid()).may_be_changed(), reason="the system does not let niceness be lowered"
)
# Two threads of its own, and a hub's; says when they are up.
WORKER = """
import os, threading
from neptune_spark.worker.wakeups import prefer_calling_thread
up = threading.Event()
def hub():
    prefer_calling_thread()
    up.set()
    threading.Event().wait()
for work in (threading.Event().wait, threading.Event().wait, hub):
    threading.Thread(target=work, daemon=True).start()
up.wait()
os.write(1, b"up\\n")
threading.Event().wait()
"""


def of(thread: int) -> int:
    """How much nicer a thread is than ours."""
    return os.getpriority(os.PRIO_PROCESS, thread) - os.getpriority(os.PRIO_PROCESS, 0)


def slice_ns(process: int, thread: int) -> int:
    """How long its time slices are."""
    found = re.search(r"^se\.slice +: +(\d+)$", sched_of(process, thread), re.MULTILINE)
    assert found is not None
    return int(found[1])


def sched_of(process: int, thread: int) -> str:
    try:
        return Path(f"/proc/{process}/task/{thread}/sched").read_text()
    except FileNotFoundError:
        return ""  # a kernel that does not tell


@pytest.fixture
def nice() -> Niceness:
    return Niceness(os.getpid())


@pytest.fixture
def worker() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        yield process.pid
        process.kill()


def test_a_thread_is_nicer_until_it_is_told_otherwise(nice: Niceness) -> None:
    with ThreadPoolExecutor(1) as pool:
        thread = pool.submit(threading.get_native_id).result()
        nice.thread(thread, 7)
        assert (of(thread), of(os.getpid())) == (7, 0)
        nice.thread(thread, 0)
        assert of(thread) == 0


@pytest.mark.skipif(
    "se.slice" not in sched_of(os.getpid(), os.getpid()), reason="Linux 6.12 tells of slices"
)
def test_nobody_waits_for_the_end_of_a_nicer_threads_slice(nice: Niceness, worker: int) -> None:
    threads = [int(name) for name in os.listdir(f"/proc/{worker}/task")]
    usual = slice_ns(os.getpid(), os.getpid())
    for by, expected in ((7, SHORT_NS), (0, usual)):
        nice.worker(worker, by)
        for thread in threads:
            is_hub = is_preferred(worker, thread)
            assert slice_ns(worker, thread) == (SHORT_NS if is_hub else expected)
    with ThreadPoolExecutor(1) as pool:
        mine = pool.submit(threading.get_native_id).result()
        for by, expected in ((7, SHORT_NS), (0, usual)):
            nice.thread(mine, by)
            assert slice_ns(os.getpid(), mine) == expected


def test_what_a_nice_thread_has_started_serves_all(nice: Niceness) -> None:
    done = threading.Event()
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:

        def start_thread() -> int:
            started = threading.Thread(target=done.wait)
            started.start()
            assert started.native_id is not None
            return started.native_id

        threads = [pool.submit(threading.get_native_id).result() for pool in (first, second)]
        for thread in threads:
            nice.thread(thread, 7)
        started = first.submit(start_thread).result()
        assert of(started) == 7
        # The end of one task; the other one goes on.
        nice.thread(threads[0], 0)
        nice.take_back_inherited(7)
        assert [of(thread) for thread in (started, *threads)] == [0, 0, 7]
        done.set()


def test_a_worker_is_nicer_with_all_its_threads_but_the_hubs(nice: Niceness, worker: int) -> None:
    threads = [int(name) for name in os.listdir(f"/proc/{worker}/task")]
    [hub] = [thread for thread in threads if is_preferred(worker, thread)]
    threads.remove(hub)
    assert len(threads) == 3
    for by in (7, 0):
        nice.worker(worker, by)
        assert [of(thread) for thread in (*threads, hub)] == [by, by, by, 0]


def test_a_hubs_thread_that_was_started_by_a_nicer_one_is_none(nice: Niceness, worker: int) -> None:
    [hub] = [int(t) for t in os.listdir(f"/proc/{worker}/task") if is_preferred(worker, int(t))]
    nice.thread(hub, 7)
    nice.worker(worker, 7)
    assert of(hub) == 0


def test_those_that_are_gone_are_no_matter(nice: Niceness) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        pass
    nice.worker(gone.pid, 7)
    nice.thread(gone.pid, 7)


def test_the_number_of_a_thread_that_has_ended_is_not_kept_for_the_next(nice: Niceness) -> None:
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(threading.get_native_id).result()
        nice.thread(ended, 7)
    # Linux may take a moment more than Python.
    end_s = time.monotonic() + 60
    while Path(f"/proc/self/task/{ended}").exists():
        assert time.monotonic() < end_s
    nice.take_back_inherited(7)
    assert ended not in nice._lowered
