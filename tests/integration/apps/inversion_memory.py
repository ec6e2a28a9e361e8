"""High jobs that need the execution memory of suspended low tasks."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark import RDD, TaskContext
from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, pandas_udf

from tests.integration.apps.inversion_parts import (
    TEXTS_HELD,
    Answers,
    Parts,
    checksum,
    number,
    sorting,
)

MEMORY = {
    # Of which 60 % are for execution, for two tasks at first: two thirds of that is held by
    # suspended ones when two more come.
    "spark.testing.memory": str(64 << 20),
    "spark.testing.reservedMemory": "0",
    # A worker that aggregates has always more, and writes parts of it to files.
    "spark.python.worker.memory": "1m",
}
#: Texts of each side of a join, by partition: both fit into the memory of one task.
SIDE = 185
#: What Python workers reduce: two texts of each key. When so many keys have been handed out, the
#: shuffle has nearly a task's share; and after so many texts a part is in files.
REDUCED_BYTES, KEYS, KEYS_OUT, KEYS_REDUCED = 10_000, 1900, 1800, 700


class MemoryCases(Parts):
    """Sorts in high tasks, while low ones hold memory in one way or another."""

    def memory(self, name: str, use: Callable[[DataFrame], Any]) -> Answers:
        """The low job lingers when it has much in its memory; the high one needs its share."""
        key, high = self.key(name), self.texts(self.key("filled", stopped=True))
        return self.run(key, lambda: use(self.texts(key)), lambda: sorting(high), keeps=True)

    def reading(self) -> Answers:
        """The low job has sorted, and lingers while it takes record after record out of that."""
        key = self.key("reading")
        texts = self.texts(self.key("filled", stopped=True))
        linger = f"java_method('inversion.Flags', 'linger', '{key}', '10')"
        low = texts.sortWithinPartitions("id").selectExpr(
            "id", f"CASE WHEN {linger} IS NOT NULL THEN text END AS text"
        )
        high = self.texts(self.key("filled", stopped=True))
        return self.run(key, lambda: checksum(low), lambda: sorting(high), rescued=True)

    def joining(self) -> Answers:
        """It reads two sorted sides in turn: one of them is at rest, and is spilled."""
        key, filled = self.key("joining"), self.key("filled", stopped=True)
        left, right = (self.texts(filled, SIDE) for _ in range(2))
        linger = f"java_method('inversion.Flags', 'linger', '{key}', '10')"
        low = (
            left.join(right.withColumnRenamed("text", "other").hint("merge"), "id")
            .selectExpr("id", f"CASE WHEN {linger} IS NOT NULL THEN text END AS text", "other")
            .selectExpr("sum(id + length(text) + 3 * length(other))")
        )
        high = self.texts(filled)
        return self.run(key, lambda: int(low.collect()[0][0]), lambda: sorting(high), keeps=True)

    def hash_join(self) -> Answers:
        """It looks one record after the other up in a hash table, which nothing can spill."""
        key = self.key("hash join")
        table = named(self.texts(self.key("filled", stopped=True), TEXTS_HELD))
        return self.looking_up(key, TEXTS_HELD, table.hint("shuffle_hash"), rescued=True)

    def broadcast_join(self) -> Answers:
        """Its hash table is a block that nobody owns: no execution memory is held."""
        key = self.key("broadcast join")
        table = named(self.texts(self.key("filled", stopped=True), SIDE))
        return self.looking_up(key, SIDE, broadcast(table), keeps=True)

    def hash_joins(self) -> Answers:
        """So do both jobs; a table of the high one has room beside one other task only."""
        key, filled = self.key("hash joins"), self.key("filled", stopped=True)
        low, high = (
            looked_up(k, count, named(self.texts(filled, count)).hint("shuffle_hash"))
            for k, count in ((key, SIDE), (filled, TEXTS_HELD))
        )
        return self.run(key, lambda: number(low), lambda: number(high), rescued=True, again=True)

    def looking_up(self, key: str, count: int, table: DataFrame, **until: bool) -> Answers:
        low = looked_up(key, count, table)
        high = self.texts(self.key("filled", stopped=True))
        return self.run(key, lambda: number(low), lambda: sorting(high), **until)

    def pandas(self, name: str, use: Callable[[str, DataFrame], DataFrame]) -> Answers:
        """Its worker lingers in one of many groups, while its thread keeps all of them, sorted."""
        key, filled = self.key(name), self.key("filled", stopped=True)
        low = use(key, self.texts(filled, TEXTS_HELD)).selectExpr("sum(id + length)")
        high = self.texts(filled)
        return self.run(key, lambda: number(low), lambda: sorting(high), rescued=True)

    def python_reducing(self) -> Answers:
        """Its workers linger between two values, with parts in files: no execution memory is held.
        The high job needs workers and files of its own, and then memory."""
        key, filled = self.key("python reducing"), self.key("filled", stopped=True)
        high = self.texts(filled)
        return self.run(
            key,
            lambda: self.reduced(key, reducing=KEYS_REDUCED),
            lambda: [self.reduced(filled), sorting(high)],
            keeps=True,
        )

    def python_shuffling(self) -> Answers:
        """Its workers linger while they hand out what they have reduced, of which much has got
        into the shuffle."""
        key = self.key("python shuffling")
        high = self.texts(self.key("filled", stopped=True))
        return self.run(
            key,
            lambda: self.reduced(key, handing_out=KEYS_OUT),
            lambda: sorting(high),
            rescued=True,
        )

    def reduced(self, key: str, reducing: int | None = None, handing_out: int | None = None) -> int:
        """A checksum of texts reduced by key; lingers after so many of what it is told."""
        sum_up, part = lingering(key, reducing), lingering(key, handing_out)

        def add(one: tuple[int, str], other: tuple[int, str]) -> tuple[int, str]:
            sum_up()
            return one[0] + other[0], one[1]

        def partition(number: int) -> int:
            part()
            return number

        numbers: RDD[int] = self.sc.parallelize(range(4 * KEYS), 2)
        texts = numbers.map(lambda n: (n // 2 % KEYS, (n, "x" * REDUCED_BYTES)))
        reduced = texts.reduceByKey(add, 2, partition)
        return int(reduced.map(lambda pair: pair[1][0] + len(pair[1][1])).sum())


def lingering(key: str, after: int | None) -> Callable[[], None]:
    """As `Flags.linger`, in a Python worker: each of a task's calls that comes after so many."""
    calls = 0

    def linger() -> None:
        nonlocal calls
        calls += 1
        context = TaskContext.get()
        assert context is not None
        if after is not None and calls > after and not Path(f"{key}.stop").exists():
            Path(f"{key}.{context.partitionId()}").touch()
            while not Path(f"{key}.stop").exists():
                time.sleep(0.01)

    return linger


def aggregated(key: str, frame: DataFrame) -> DataFrame:
    linger = lingering(key, 10)

    def length(text: pd.Series) -> int:
        linger()
        return int(text.str.len().sum())

    return frame.groupBy("id").agg(pandas_udf(length, "long")("text").alias("length"))


def applied(key: str, frame: DataFrame) -> DataFrame:
    linger = lingering(key, 10)

    def length(group: pd.DataFrame) -> pd.DataFrame:
        linger()
        return pd.DataFrame({"id": group["id"], "length": group["text"].str.len()})

    return frame.groupBy("id").applyInPandas(length, "id long, length long")


def looked_up(key: str, count: int, table: DataFrame) -> DataFrame:
    """A checksum of what the table has for so many keys in each partition."""
    linger = f"java_method('inversion.Flags', 'linger', '{key}', '10')"
    return (
        named(table.sparkSession.range(0, 2 * count, 1, 2))
        .repartition(2, "word")
        .join(table.drop("id"), "word")
        .selectExpr("id", f"CASE WHEN {linger} IS NOT NULL THEN text END AS text")
        .selectExpr("sum(id + length(text))")
    )


def named(frame: DataFrame) -> DataFrame:
    """With a key of which each row is kept in pages; those for numbers have arrays that double."""
    return frame.selectExpr("*", "string(id) AS word")


def shuffling(frame: DataFrame) -> int:
    return int(frame.repartition(3, "id").selectExpr("max(text)", "sum(id)").collect()[0][1])


def aggregating(frame: DataFrame) -> int:
    return int(frame.groupBy("id", "text").count().selectExpr("sum(id)").collect()[0][0])
