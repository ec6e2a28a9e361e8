"""Runs tasks of `user_code`, and prints as one line of JSON what they came to.

Usage: user_libraries.py stock|chaos WORKERS [TASK ...]
"""

from __future__ import annotations

import json
import sys
import time

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.user_code import TASKS

# On two cores, so that each worker has two tasks one after the other.
PARTITIONS = 4
RECORDS = 32

WORKERS: dict[str, dict[str, str]] = {
    "reuse": {},
    "no_reuse": {"spark.python.worker.reuse": "false"},
    "no_daemon": {"spark.python.use.daemon": "false"},
}


def builder(mode: str, workers: str) -> SparkSession.Builder:
    """With `stock`, Spark without Neptune."""
    found = SparkSession.builder if mode == "stock" else neptune_spark.builder()
    if mode == "chaos":
        found = found.config("spark.neptune.chaos.suspendEvery", "20ms")
    for key, value in WORKERS[workers].items():
        found = found.config(key, value)
    return found.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")


def main() -> None:
    mode, workers, *wanted = sys.argv[1:]
    spark = builder(mode, workers).master("local[2]").getOrCreate()
    sc = spark.sparkContext
    sc.setLogLevel("ERROR")
    answers, suspensions, seconds = {}, {}, {}
    before = 0
    for family, tasks in TASKS.items():
        # Spark has other workers for another environment.
        sc.environment["NEPTUNE_TEST_FAMILY"] = family
        for name, task in tasks.items():
            if wanted and name not in wanted:
                continue
            start = time.monotonic()
            print(name, file=sys.stderr)  # in case it hangs there
            rdd = sc.parallelize(range(RECORDS), PARTITIONS).mapPartitions(task)
            answers[name] = rdd.glom().collect()
            seconds[name] = round(time.monotonic() - start, 2)
            if mode != "stock":
                after = neptune_spark.scheduler(spark).statistics().suspensions
                suspensions[name], before = after - before, after
    spark.stop()
    found = {"answers": answers, "suspensions": suspensions, "seconds": seconds}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
