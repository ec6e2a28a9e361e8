"""Kafka: batches and streams that write to topics and read them.

The environment's NEPTUNE_TEST_KAFKA is the broker's address. For a directory MODE/BESIDE it has the
empty topics `MODE-BESIDE-numbers` and `MODE-BESIDE-squares`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import udf

import neptune_spark
from tests.integration.jobs import in_background
from tests.packages.apps.frames import finish, rows

RECORDS = 20_000
RECORDS_PER_BATCH = 5_000
BROKER = os.environ.get("NEPTUNE_TEST_KAFKA", "")


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    numbers = spark.range(0, RECORDS, 1, 4).selectExpr(
        "string(id % 97) AS key", "string(id) AS value"
    )
    source, target = (
        f"{directory.parent.name}-{directory.name}-{kind}" for kind in ("numbers", "squares")
    )
    to_topic(numbers.write, source).save()
    beside = in_background(neptune_spark.priority("low")(lambda: read_again(spark, source)))
    with neptune_spark.priority("high"):
        square(spark, source, target, directory)
        by_key = sums(spark, target)
    return {
        "numbers": beside.result(),
        "squares": rows(
            from_topic(spark.read, target).selectExpr("count(*)", "sum(value)", "max(value)")
        ),
        "by_key": by_key,
    }


def to_topic(writer: Any, topic: str) -> Any:
    return writer.format("kafka").option("kafka.bootstrap.servers", BROKER).option("topic", topic)


def from_topic(reader: Any, topic: str) -> DataFrame:
    found = (
        reader.format("kafka")
        .option("kafka.bootstrap.servers", BROKER)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
    )
    if "stream" in type(reader).__name__.lower():
        found = found.option("maxOffsetsPerTrigger", RECORDS_PER_BATCH)
    return found.load().selectExpr("string(key) AS key", "bigint(string(value)) AS value")


def read_again(spark: SparkSession, topic: str) -> list[list[Any]]:
    """Batches that read the topic while the streams do, through Python and without."""
    same = udf(lambda n: n, "long")
    found = []
    for column in ("value", same("value").alias("value"), "value"):
        read = from_topic(spark.read, topic).select("key", column)
        found.append(rows(read.selectExpr("count(*)", "sum(value)", "count(DISTINCT key)")))
    return found


def square(spark: SparkSession, source: str, target: str, directory: Path) -> None:
    """From topic to topic, through Python."""
    squared = udf(lambda n: str(n * n), "string")
    numbers = from_topic(spark.readStream, source).select("key", squared("value").alias("value"))
    writer = numbers.writeStream.option("checkpointLocation", str(directory / "checkpoint"))
    finish(to_topic(writer, target).start())


def sums(spark: SparkSession, topic: str) -> list[list[Any]]:
    """A stream with state."""
    by_key = from_topic(spark.readStream, topic).groupBy("key").agg({"value": "sum"})
    finish(by_key.writeStream.format("memory").queryName("sums").outputMode("complete").start())
    return rows(spark.table("sums"))
