"""Loses an executor that runs a high task and has a suspended low one.

Prints as one line of JSON what became of both jobs: losing.py DIRECTORY
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil
from pyspark import TaskContext

import neptune_spark
from tests.integration.jobs import PATIENCE_S, eventually, in_background

EXECUTORS = 2


def attempt_of_this_task() -> int:
    context = TaskContext.get()
    assert context is not None
    return context.attemptNumber()


def low(partition: int, _: Iterable[int], directory: str) -> Iterator[tuple[int, int]]:
    Path(directory, f"low-{partition}").touch()
    while not Path(directory, "stop").exists():
        pass
    yield partition, attempt_of_this_task()


def high(_: Iterable[int], directory: str) -> Iterator[int]:
    """Names its executor, and waits for the end of it."""
    attempt = attempt_of_this_task()
    if attempt == 0:
        executor = psutil.Process().parent().parent()
        written = Path(directory, "executor.tmp")
        written.write_text(str(executor.pid))
        written.rename(Path(directory, "executor"))
        while True:
            time.sleep(0.01)
    yield attempt


def main(directory: str) -> None:
    # In a JVM that spark-submit has started: it must take the jar that is there.
    spark = neptune_spark.builder().getOrCreate()
    sc = spark.sparkContext
    scheduler = neptune_spark.scheduler(spark)
    numbers = sc.parallelize(range(EXECUTORS), EXECUTORS)
    below = numbers.mapPartitionsWithIndex(lambda i, part: low(i, part, directory))
    lows = in_background(neptune_spark.priority("low")(below.collect))
    eventually(
        lambda: len(list(Path(directory).glob("low-*"))) == EXECUTORS, "the low job got no cores"
    )
    above = sc.parallelize([0], 1).mapPartitions(lambda part: high(part, directory))
    highs = in_background(neptune_spark.priority("high")(above.collect))
    named = Path(directory, "executor")
    eventually(named.exists, "the high job got no core")
    suspended = [t.executor_id for t in scheduler.tasks() if t.state == "suspended"]
    running = [t.executor_id for t in scheduler.tasks() if t.priority == 10]
    os.kill(int(named.read_text()), signal.SIGKILL)
    # It bypasses the low task that is left.
    answers = {"high": highs.result(PATIENCE_S), "low had ended": lows.done()}
    Path(directory, "stop").touch()
    answers["low"] = sorted(lows.result(PATIENCE_S))
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    eventually(lambda: scheduler.statistics().cores_lent == 0, "a core was left lent")
    answers["suspended where the high task ran"] = suspended == running
    print(json.dumps(answers), flush=True)
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
