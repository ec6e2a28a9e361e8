"""A stream and a batch job in one application; the stream's micro-batches go first.

Nothing sets the stream's priority: micro-batches are "high" automatically, and the batch job says
that it can wait. Run it:

    python examples/priority.py
"""

from __future__ import annotations

import time

from pyspark import InheritableThread
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import neptune_spark

SECONDS = 8


@neptune_spark.priority("low")
def batch(spark: SparkSession) -> None:
    """Keeps every core busy, in Python, until it has counted all its partitions."""

    def burn(seconds: int) -> int:
        end, turns = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            turns += 1
        return turns

    cores = spark.sparkContext.defaultParallelism
    turns = spark.sparkContext.parallelize([SECONDS] * cores, cores).map(burn).sum()
    print(f"batch: {turns:,} turns")


def main() -> None:
    spark = (
        neptune_spark.builder()
        .master("local[2]")
        .appName("priority")
        .config("spark.sql.shuffle.partitions", 2)
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    events = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    query = (
        events.groupBy((F.col("value") % 10).alias("key"))
        .count()
        .writeStream.outputMode("complete")
        .format("noop")
        .trigger(processingTime="1 second")
        .start()
    )
    # The first micro-batches are slow in any Spark: its code is compiled then.
    while query.lastProgress is None or query.lastProgress["batchId"] < 2:
        time.sleep(0.1)
    job = InheritableThread(target=batch, args=(spark,))
    job.start()
    while job.is_alive():
        job.join(1)
        progress = query.lastProgress
        if progress is not None:
            took_ms = progress["durationMs"].get("triggerExecution")
            print(f"stream: micro-batch {progress['batchId']} took {took_ms} ms")
    query.stop()
    figures = neptune_spark.scheduler(spark).statistics()
    print(f"suspended {figures.suspensions} times, resumed {figures.resumptions} times")
    spark.stop()


if __name__ == "__main__":
    main()
