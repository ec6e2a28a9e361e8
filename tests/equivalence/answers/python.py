"""What Python tasks can do besides computing: fail, wait, start threads and processes, and leave
early."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """Runs the jobs."""
    sc = spark.sparkContext
    numbers = sc.parallelize(range(40), 2)

    def fail_late(part: Iterator[int]) -> Iterator[int]:
        for n in part:
            _work(0.02)
            if n == 35:
                raise ValueError(f"no {n} here")
            yield n

    def fail_in_finally(part: Iterator[int]) -> Iterator[int]:
        try:
            _work(0.3)
            yield sum(part) // 0
        finally:
            (directory / "cleaned-up").touch()

    @udf("long")
    def picky(n: int) -> int:
        _work(0.05)
        return {}[n] if n == 3 else n

    found: dict[str, Any] = {
        "late_error": _error(lambda: numbers.mapPartitions(fail_late).collect()),
        "error_in_udf": _error(lambda: spark.range(0, 8, 1, 2).select(picky("id")).collect()),
        "error_with_finally": _error(lambda: numbers.mapPartitions(fail_in_finally).collect()),
        "exit": _error(lambda: numbers.foreach(lambda _: sys.exit(3))),
        "finally": (directory / "cleaned-up").exists(),
        "after_errors": numbers.sum(),
        # The rest of the partition is never computed.
        "take": sc.parallelize(range(10_000_000), 2).map(lambda n: n * 3).take(5),
        "sleep": numbers.mapPartitions(_sleep).collect(),
        "threads": numbers.mapPartitions(_thread).collect(),
        "process": numbers.mapPartitions(_process).collect(),
        "pipe": sorted(numbers.pipe("cat").collect()),
        "generators": numbers.mapPartitions(_nested).collect(),
    }
    return found


def _work(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def _sleep(part: Iterator[int]) -> Iterator[bool]:
    """Sleeping lasts as long as it should, at least, whatever signals arrive."""
    start = time.monotonic()
    for _ in part:
        time.sleep(0.02)
    yield time.monotonic() - start >= 0.4


def _thread(part: Iterator[int]) -> Iterator[int]:
    total: list[int] = []
    numbers = list(part)

    def add() -> None:
        _work(0.3)
        total.append(sum(numbers))

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield from total


def _process(part: Iterator[int]) -> Iterator[str]:
    program = f"import time; time.sleep(0.3); print({sum(part)})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    yield done.stdout.strip()


def _nested(part: Iterator[int]) -> Iterator[int]:
    """Generators in generators, which a suspension must leave as they are."""

    def doubled(numbers: Iterator[int]) -> Iterator[int]:
        for n in numbers:
            _work(0.01)
            yield 2 * n

    yield sum(n for n in doubled(n + 1 for n in part))
    yield int(signal.getsignal(signal.SIGINT) is not None)


def _error(act: Callable[[], object]) -> str:
    """The message, without what counts tasks and names processes."""
    try:
        act()
    except Exception as error:
        text = re.sub(r"(TID|stage|task) \d+(\.\d+)?", r"\1 N", str(error), flags=re.IGNORECASE)
        # The JVM's stack trace, in which the plugin's own frames are to be seen.
        return re.sub(r"\n\tat .*|\n\t\.\.\. \d+ more", "", text)
    return "no error"
