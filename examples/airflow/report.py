"""What the DAG of nightly.py submits: a long report, and within it a lookup that does not wait."""

from __future__ import annotations

from pyspark.sql import SparkSession

import neptune_spark


def main() -> None:
    spark = SparkSession.builder.getOrCreate()
    frame = spark.range(1_000_000)
    print("even:", frame.where("id % 2 = 0").count())
    with neptune_spark.priority("high"):
        print("last:", frame.agg({"id": "max"}).collect()[0][0])
    spark.stop()


if __name__ == "__main__":
    main()
