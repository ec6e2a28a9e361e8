"""Adds up numbers, and says what came of it: adding.py TASKS [GATE [END]].

With a gate, each task waits until there is a file of that name. With an end, the application stays
until there is one of that name.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyspark.sql import SparkSession


def wait_for(file: str | None) -> None:
    while file is not None and not Path(file).exists():
        time.sleep(0.05)


def added(numbers: Iterable[int], gate: str | None) -> Iterator[int]:
    wait_for(gate)
    yield sum(numbers)


def main(tasks: str, gate: str | None = None, end: str | None = None) -> None:
    spark = SparkSession.builder.getOrCreate()
    numbers = spark.sparkContext.parallelize(range(1000), int(tasks))
    print("ANSWER", numbers.mapPartitions(lambda part: added(part, gate)).sum(), flush=True)
    wait_for(end)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
