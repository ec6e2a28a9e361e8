"""What a JVM loads that is to be archived, so that those of the tests start from the archive.

Run by spark-submit with -XX:ArchiveClassesAtExit; see the Makefile, and conftest.py for its use.
"""

from __future__ import annotations

import tempfile

from pyspark.sql import SparkSession


def main() -> None:
    """Use a bit of everything that tests use."""
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    with tempfile.TemporaryDirectory() as directory:
        numbers = spark.range(0, 1000, 1, 2).selectExpr("id", "id % 10 AS key", "uuid() AS text")
        numbers.write.parquet(f"{directory}/numbers")
        stored = spark.read.parquet(f"{directory}/numbers").cache()
        stored.join(stored.groupBy("key").count(), "key").orderBy("text").collect()
        stream = spark.readStream.schema(numbers.schema).parquet(f"{directory}/numbers")
        counts = stream.groupBy("key").count().writeStream.trigger(availableNow=True)
        counts.outputMode("complete").format("memory").queryName("c").start().awaitTermination()
        pairs = spark.sparkContext.parallelize(range(100), 2).map(lambda n: (n % 3, n))
        pairs.reduceByKey(lambda a, b: a + b).collect()
    spark.stop()


if __name__ == "__main__":
    main()
