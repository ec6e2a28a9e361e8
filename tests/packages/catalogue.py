"""The packages that are tried, and what Spark needs for them: see docs/packages.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

#: Spark has these, or does without; its `jars` folder goes first anyway.
LEFT_OUT = (
    "org.slf4j:*",
    "org.apache.logging.log4j:*",
    "com.google.code.findbugs:*",
    "commons-logging:*",
    "org.apache.hadoop:*",
)


@dataclass(frozen=True)
class Package:
    """What an application of `apps` needs.

    Args:
        application: the module of `apps`.
        coordinates: what Spark fetches for it, by Spark line; empty if nothing.
        module: the Python module that it needs; None if PySpark is enough.
        settings: what users set for it.
    """

    application: str
    coordinates: Mapping[tuple[int, ...], str] = field(default_factory=dict)
    module: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def options(self, line: tuple[int, ...]) -> Sequence[str]:
        """The options of spark-submit."""
        words = [f"--conf={key}={value}" for key, value in self.settings.items()]
        if self.coordinates:
            words += [f"--packages={self.coordinates[line]}"]
            words += [f"--exclude-packages={','.join(LEFT_OUT)}"]
        return words


DELTA = Package(
    "delta_lake",
    {
        (3, 5): "io.delta:delta-spark_2.12:3.3.3",
        (4, 0): "io.delta:delta-spark_4.0_2.13:4.4.0",
        (4, 1): "io.delta:delta-spark_4.1_2.13:4.4.0",
        (4, 2): "io.delta:delta-spark_4.2_2.13:4.4.0",
    },
    settings={
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # 50 by default, whatever the size of the table.
        "spark.databricks.delta.snapshotPartitions": "2",
    },
)
ICEBERG = Package(
    "iceberg_tables",
    {
        (3, 5): "org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.12.0",
        (4, 0): "org.apache.iceberg:iceberg-spark-runtime-4.0_2.13:1.11.0",
        (4, 1): "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0",
    },
    settings={
        "spark.sql.extensions": (
            "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions"
        ),
        "spark.sql.catalog.lake": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.lake.type": "hadoop",
        "spark.sql.catalog.lake.warehouse": "warehouse",
    },
)
KAFKA = Package("kafka_topics")
BOOSTING = Package("boosting", module="xgboost")
LEARNING = Package("learning")
# On Spark 4.0 the API refuses the ANSI mode.
PANDAS_API = Package("pandas_api", settings={"spark.sql.ansi.enabled": "false"})
