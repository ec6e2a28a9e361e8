"""Has a high job suspend two Python tasks, one of them in C code; says on a line of JSON how.

Usage: suspending.py MASTER DIRECTORY; nothing but the directory need be writable.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import psutil
from pyspark import InheritableThread, TaskContext

import neptune_spark

PATIENCE_S = 120.0
KINDS = ("bytecodes", "C code")


def eventually(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def hold(directory: Path) -> Callable[[int, Iterable[int]], Iterable[tuple[str, str]]]:
    """A task that works until the file `end` begins with another byte than 0."""

    def work(partition: int, _: Iterable[int]) -> Iterator[tuple[str, str]]:
        context = TaskContext.get()
        assert context is not None
        address = context.getLocalProperty("spark.neptune.python.socket") or "none"
        with open(directory / "end", "rb") as file:
            flag = mmap.mmap(file.fileno(), 1, prot=mmap.PROT_READ)
        (directory / f"{partition}.new").write_text(str(os.getpid()))
        (directory / f"{partition}.new").rename(directory / f"{partition}.pid")
        if KINDS[partition] == "C code":
            any(map(flag.__getitem__, repeat(0)))  # with no bytecode of its own until it ends
        else:
            while not flag[0]:
                pass
        yield KINDS[partition], "port" if address.startswith("tcp://") else address

    return work


def main() -> None:
    master, directory = sys.argv[1], Path(sys.argv[2])
    (directory / "end").write_bytes(b"\0")
    spark = (
        neptune_spark.builder()
        .master(master)
        .config("spark.ui.enabled", "false")
        .config("spark.local.dir", str(directory))
        .config("spark.executor.memory", "512m")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    sc, scheduler = spark.sparkContext, neptune_spark.scheduler(spark)
    held: list[Any] = []
    go_on = threading.Event()
    seen = directory / "seen"

    def low() -> None:
        with neptune_spark.priority("low"):
            numbers = sc.parallelize(range(2), 2)
            held.extend(numbers.mapPartitionsWithIndex(hold(directory)).collect())

    def high() -> None:
        def wait(number: int) -> int:
            eventually(seen.exists, "nobody has seen the suspended tasks")
            return number + 1

        with neptune_spark.priority("high"):
            held.append(sc.parallelize(range(2), 2).map(wait).sum())
        go_on.set()

    lower = InheritableThread(target=low, daemon=True)
    lower.start()
    pids = [directory / f"{partition}.pid" for partition in range(2)]
    eventually(lambda: all(pid.exists() for pid in pids), "the low job got no cores")
    InheritableThread(target=high, daemon=True).start()
    eventually(
        lambda: [task.state for task in scheduler.tasks()].count("suspended") == 2,
        "the tasks were not suspended",
    )
    in_c = psutil.Process(int(pids[1].read_text()))
    eventually(lambda: in_c.status() == psutil.STATUS_STOPPED, "the task in C code was not stopped")
    seen.touch()
    assert go_on.wait(PATIENCE_S), "the high job did not end"
    with open(directory / "end", "r+b") as file:
        file.write(b"\1")
    lower.join(PATIENCE_S)
    statistics = scheduler.statistics()
    print(json.dumps({"held": held, "overdue": statistics.overdue}))
    spark.stop()


if __name__ == "__main__":
    main()
