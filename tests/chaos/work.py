"""The jobs of the load: each says what it comes to, which is known beforehand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

import pandas as pd
from pyspark import RDD, StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import udf
from pyspark.sql.pandas.functions import pandas_udf

from tests.integration.user_code.events import eventlet_pool
from tests.integration.user_code.waits import semaphore

ROWS = 15_000
RECORDS = 350
KEYS = 7
FEW_RECORDS = 60


def busy(seconds: float) -> int:
    """Uses the processor so long, and returns 0."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    return 0


def slowly(numbers: Iterable[int]) -> Iterator[int]:
    for number in numbers:
        busy(0.001)
        yield number


class Jobs:
    """Jobs of one session; some share what is cached, or a shuffle, whoever runs them."""

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._sc = spark.sparkContext
        self._lock = threading.Lock()
        self._cached = self._make()
        self._shuffled = self._make_shuffled()

    def _make(self) -> tuple[DataFrame, RDD[int]]:
        slow = udf(lambda n: busy(0.00005) + n * 3, "long")
        frame = self._spark.range(0, ROWS, 1, 4).select("id", slow("id").alias("x"))
        numbers = self._sc.parallelize(range(RECORDS), 4).mapPartitions(slowly)
        return (
            frame.persist(StorageLevel.MEMORY_AND_DISK),
            numbers.persist(StorageLevel.MEMORY_ONLY_2),
        )

    def _make_shuffled(self) -> RDD[tuple[int, int]]:
        numbers = self._sc.parallelize(range(RECORDS), 4).mapPartitions(slowly)
        return numbers.map(lambda n: (n % KEYS, n)).reduceByKey(lambda a, b: a + b, 3)

    def cache_anew(self) -> None:
        """What is shared is computed again, by whoever needs it first."""
        with self._lock:
            old, self._cached = self._cached, self._make()
            self._shuffled = self._make_shuffled()
        for cached in old:
            cached.unpersist(blocking=False)

    def forget_cached(self) -> None:
        """Returns when no block of it is left, which one that is locked would be."""
        for cached in self._cached:
            cached.unpersist(blocking=True)

    # Each answers what Answers says.

    def sql(self) -> object:
        table = self._spark.range(0, 20 * ROWS, 1, 4).selectExpr("id", f"id % {KEYS} AS k")
        names = self._spark.range(KEYS).selectExpr("id AS k", "id * 10 AS tens")
        joined = table.join(names, "k").groupBy("k").sum("id", "tens").orderBy("k")
        return [tuple(row) for row in joined.collect()]

    def sort(self) -> object:
        table = self._spark.range(0, 20 * ROWS, 1, 4).selectExpr("id", "id * 7919 % 1000003 AS x")
        ordered = table.repartition(3, "x").sortWithinPartitions("x")
        return ordered.selectExpr("sum(x)", "count(*)").collect()[0][1]

    def rdd(self) -> object:
        return sorted(self._make_shuffled().collect())

    def shared_shuffle(self) -> object:
        with self._lock:
            pairs = self._shuffled
        return sorted(pairs.collect())

    def greenlets(self) -> object:
        """A user library that switches greenlets of its own."""
        numbers = self._sc.parallelize(range(FEW_RECORDS), 3).mapPartitions(eventlet_pool)
        return sum(numbers.collect())

    def semaphores(self) -> object:
        """C code to which an interrupted call is an error."""
        return self._sc.parallelize(range(FEW_RECORDS), 3).mapPartitions(semaphore).collect()

    def udf(self) -> object:
        plain = udf(lambda n: busy(0.00002) + n + 1, "long")
        frame = self._spark.range(0, ROWS, 1, 3).select(plain("id").alias("x"))
        return frame.selectExpr("sum(x)").collect()[0][0]

    def pandas(self) -> object:
        @pandas_udf("long")  # type: ignore[call-overload, misc]  # its hints know no names of types
        def plus_one(batch: pd.Series) -> pd.Series:
            busy(0.15)
            return batch + 1

        frame = self._spark.range(0, ROWS, 1, 3).select(plus_one("id").alias("x"))
        return frame.selectExpr("sum(x)").collect()[0][0]

    def cached_frame(self) -> object:
        with self._lock:
            frame = self._cached[0]
        return frame.selectExpr("sum(x)", "count(id)").collect()[0][:]

    def cached_rdd(self) -> object:
        with self._lock:
            numbers = self._cached[1]
        return numbers.map(lambda n: n + 1).sum()

    def all(self) -> dict[str, tuple[Callable[[], object], object]]:
        """By name: the job, and its answer."""
        ids = range(20 * ROWS)
        by_key = [(k, sum(ids[k::KEYS]), 10 * k * len(ids[k::KEYS])) for k in range(KEYS)]
        by_rest = [(k, sum(range(k, RECORDS, KEYS))) for k in range(KEYS)]
        return {
            "sql": (self.sql, by_key),
            "sort": (self.sort, 20 * ROWS),
            "rdd": (self.rdd, by_rest),
            "shared_shuffle": (self.shared_shuffle, by_rest),
            # Each partition begins with a True.
            "greenlets": (self.greenlets, sum(range(FEW_RECORDS)) + 3),
            "semaphores": (self.semaphores, [0] * FEW_RECORDS),
            "udf": (self.udf, sum(range(ROWS)) + ROWS),
            "pandas": (self.pandas, sum(range(ROWS)) + ROWS),
            "cached_frame": (self.cached_frame, (3 * sum(range(ROWS)), ROWS)),
            "cached_rdd": (self.cached_rdd, sum(range(RECORDS)) + RECORDS),
        }
