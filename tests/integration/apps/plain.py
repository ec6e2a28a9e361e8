"""An application that does not know Neptune: prints what it sees as one line of JSON.

Usage: plain.py CORES DIRECTORY
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyspark import SparkContext, TaskContext
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, udf

PATIENCE_S = 120.0


def bypass(sc: SparkContext, cores: int, directory: str) -> dict[str, Any]:
    """Runs a high job while a low one holds all cores; says what became of both."""

    def hold(partition: int, _: Iterator[int]) -> Iterator[int]:
        Path(directory, f"holding-{partition}").touch()
        while not Path(directory, "stop").exists():
            pass
        yield partition

    held: list[int] = []

    def submit() -> None:
        sc.setLocalProperty("spark.neptune.priority", "low")
        held.extend(sc.parallelize(range(cores), cores).mapPartitionsWithIndex(hold).collect())

    low = threading.Thread(target=submit)
    low.start()
    end = time.monotonic() + PATIENCE_S
    while len(list(Path(directory).glob("holding-*"))) < cores:
        assert time.monotonic() < end, "the low job got no cores"
        time.sleep(0.01)
    sc.setLocalProperty("spark.neptune.priority", "high")
    total = sc.parallelize(range(100), cores).map(lambda x: x + 1).sum()
    still_held = low.is_alive()
    Path(directory, "stop").touch()
    low.join(PATIENCE_S)
    return {"high": total, "low_went_on": still_held, "low": sorted(held)}


def attempt_of_retried_task(sc: SparkContext) -> int:
    """The attempt that succeeded, of a task whose first one fails; -1 when the job fails."""

    def fail_once(_: Iterator[int]) -> Iterator[int]:
        context = TaskContext.get()
        assert context is not None
        if context.attemptNumber() == 0:
            raise ValueError("the first attempt fails")
        yield context.attemptNumber()

    try:
        return sc.parallelize([0], 1).mapPartitions(fail_once).collect()[0]
    except Exception:
        return -1


def main() -> None:
    cores, directory = int(sys.argv[1]), sys.argv[2]
    spark = SparkSession.builder.getOrCreate()
    sc = spark.sparkContext
    sc.setLogLevel("OFF")
    java: Any = sc._jsc
    scheduler = java.sc().taskScheduler()
    double = udf(lambda x: 2 * x, "long")
    numbers = spark.range(0, 1000, 1, cores)
    answers = {
        "master": sc.master,
        "scheduler": scheduler.getClass().getSimpleName(),
        "parallelism": sc.defaultParallelism,
        "sql": numbers.groupBy((col("id") % 3).alias("k")).count().orderBy("k").collect(),
        "rdd": sorted(sc.parallelize("abcab", cores).map(lambda c: (c, 1)).countByKey().items()),
        "udf": numbers.select(double("id").alias("d")).agg({"d": "sum"}).collect()[0][0],
        "bypass": bypass(sc, cores, directory),
        "attempt": attempt_of_retried_task(sc),
    }
    answers["statistics"] = json.loads(scheduler.neptune().statistics())
    print(json.dumps(answers))
    spark.stop()


if __name__ == "__main__":
    main()
