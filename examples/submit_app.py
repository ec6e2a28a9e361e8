"""An application that does not mention Neptune; turn it on from outside:

    neptune-spark submit --master 'local[2]' examples/submit_app.py

or, with Spark's own command:

    spark-submit --conf spark.plugins=org.apache.spark.neptune.NeptunePlugin \\
        --jars "$(neptune-spark jar)" --master 'local[2]' examples/submit_app.py
"""

from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as F


def main() -> None:
    spark = SparkSession.builder.appName("submitted").getOrCreate()
    # A priority is just a local property, so plain Spark can set it too.
    spark.sparkContext.setLocalProperty("spark.neptune.priority", "low")
    total = spark.range(1_000_000).agg(F.sum("id")).first()
    assert total is not None
    print(f"sum: {total[0]}")
    print(f"plugins: {spark.conf.get('spark.plugins', 'none')}")
    spark.stop()


if __name__ == "__main__":
    main()
