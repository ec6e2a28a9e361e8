"""A high job reads what a suspended low job is caching, on an executor of two cores.

Prints as one line of JSON what became of both: caching.py DIRECTORY
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import PATIENCE_S, eventually, in_background


def slow(partition: int, rows: Iterable[int], directory: str) -> Iterator[int]:
    """Holds the write lock of its block meanwhile."""
    Path(directory, f"started-{partition}").touch()
    while not Path(directory, "stop").exists():
        pass
    yield from rows


def main(directory: str) -> None:
    spark = SparkSession.builder.getOrCreate()
    scheduler = neptune_spark.scheduler(spark)
    numbers = spark.sparkContext.parallelize(range(100), 2)
    shared = numbers.mapPartitionsWithIndex(lambda i, rows: slow(i, rows, directory))
    shared.persist(StorageLevel.MEMORY_ONLY)
    low = in_background(neptune_spark.priority("low")(shared.count))
    eventually(
        lambda: len(list(Path(directory).glob("started-*"))) == 2, "the low job got no cores"
    )
    high = in_background(neptune_spark.priority("high")(shared.sum))
    eventually(lambda: scheduler.statistics().suspensions >= 2, "no low task was suspended")
    # Only a low task that runs can see it.
    Path(directory, "stop").touch()
    answers = {"high": high.result(PATIENCE_S), "low": low.result(PATIENCE_S)}
    print(json.dumps({**answers, "rescues": scheduler.statistics().rescues}), flush=True)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
