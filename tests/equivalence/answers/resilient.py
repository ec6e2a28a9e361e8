"""RDD jobs: shuffles, sorts, accumulators, broadcasts, cached and checkpointed partitions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pyspark import StorageLevel, TaskContext
from pyspark.sql import SparkSession

RECORDS = 60_000


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """Runs the jobs."""
    sc = spark.sparkContext
    numbers = sc.parallelize(range(RECORDS), 4)
    pairs = numbers.map(lambda n: (n * 7919 % 101, n))
    found: dict[str, Any] = {
        "sum": numbers.map(lambda n: n * n % 1009).sum(),
        "reduce_by_key": sorted(pairs.reduceByKey(lambda a, b: a + b).collect()),
        "group": sorted((k, len(v), max(v)) for k, v in pairs.groupByKey(3).collect()),
        "sort": numbers.sortBy(lambda n: (n * 48271 % 65537, n), numPartitions=3).take(30),
        "join": pairs.join(sc.parallelize(range(0, 101, 2), 2).map(lambda k: (k, -k)))
        .map(lambda kv: kv[1][0] + kv[1][1])
        .sum(),
        "distinct": numbers.map(lambda n: n % 4099).distinct().count(),
        "sample": numbers.sample(False, 0.01, seed=7).sum(),
        "aggregate": numbers.aggregate((0, 0), lambda a, n: (a[0] + n, a[1] + 1), _add),
        "text": _through_text(spark, directory),
    }

    dozens, odd = sc.accumulator(0), sc.accumulator(0)
    table = sc.broadcast({n: n * n for n in range(5000)})

    def look_up(n: int) -> int:
        if n % 12 == 0:
            dozens.add(1)
        if n % 2:
            odd.add(n)
        return table.value[n % 5000]

    found["broadcast"] = numbers.map(look_up).sum()
    found["accumulators"] = [dozens.value, odd.value]

    cached = pairs.mapValues(lambda n: n % 17).persist(StorageLevel.MEMORY_AND_DISK)
    found["cached"] = [cached.values().sum(), cached.values().max(), cached.count()]
    cached.unpersist(blocking=True)

    def context(_: Iterator[int]) -> Iterator[tuple[int, int, str | None]]:
        sum(i * i for i in range(1_000_000))
        here = TaskContext.get()
        assert here is not None
        yield here.partitionId(), here.attemptNumber(), here.getLocalProperty("my.own")

    sc.setLocalProperty("my.own", "value")
    found["context"] = sorted(numbers.mapPartitions(context).collect())
    found["barrier"] = sorted(
        sc.parallelize(range(8), 2).barrier().mapPartitions(lambda part: [sum(part)]).collect()
    )
    return found


def _add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    return a[0] + b[0], a[1] + b[1]


def _through_text(spark: SparkSession, directory: Path) -> list[int]:
    """A job of the JVM alone, over what a Python one wrote."""
    sc = spark.sparkContext
    path = str(directory / "text")
    sc.parallelize(range(100_000), 3).map(lambda n: f"{n} {n % 10}").saveAsTextFile(path)
    lines = sc.textFile(path, 4)
    return [lines.count(), lines.map(lambda line: int(line.split()[1])).sum()]
