"""A stream beside a batch job, on whatever master it is submitted to: both.py [SECONDS]

SECONDS is how long each of the batch's tasks works.
"""

from __future__ import annotations

import sys
import time

from pyspark import InheritableThread
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import neptune_spark


def burn(seconds: float) -> int:
    end, turns = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        turns += 1
    return turns


@neptune_spark.priority("low")
def batch(spark: SparkSession, seconds: float) -> None:
    """Keeps every core busy, in Python."""
    tasks = 2 * spark.sparkContext.defaultParallelism
    turns = spark.sparkContext.parallelize([seconds] * tasks, tasks).map(burn).sum()
    print(f"batch: {tasks} tasks, {turns:,} turns", flush=True)


def main(seconds: float) -> None:
    # The master, and that there is Neptune, is said where the application is submitted.
    spark = SparkSession.builder.appName("both").getOrCreate()
    events = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    # A stream with state needs a `checkpointLocation` that all pods can get at.
    query = (
        events.where(F.col("value") % 10 == 0)
        .writeStream.format("noop")
        .trigger(processingTime="1 second")
        .start()
    )
    # The first micro-batches are slow in any Spark: its code is compiled then.
    while query.lastProgress is None or query.lastProgress["batchId"] < 2:
        time.sleep(0.1)
    before = query.lastProgress["batchId"]
    job = InheritableThread(target=batch, args=(spark, seconds))
    job.start()
    job.join()
    assert query.lastProgress is not None
    print(f"stream: {query.lastProgress['batchId'] - before} micro-batches meanwhile", flush=True)
    query.stop()
    figures = neptune_spark.scheduler(spark).statistics()
    print(f"suspended {figures.suspensions} times, resumed {figures.resumptions} times", flush=True)
    spark.stop()


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
