"""Kafka's broker and Spark's connector."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from neptune_bench.harness.maven import Artifact, fetched

KAFKA: Final = "4.1.0"
OLDEST_CONNECTOR: Final = "3.5.0"
"""Spark's own version is taken where it can be had, else the newest between this and that."""
IN_SPARK: Final = (
    ("org.apache.spark", "spark-tags_.*"),
    ("org.apache.hadoop", "*"),
    ("org.slf4j", "*"),
    ("com.google.code.findbugs", "*"),
    ("org.scala-lang", "*"),
    ("org.scala-lang.modules", "*"),
    ("at.yawk.lz4", "*"),
    ("org.lz4", "*"),
    ("org.xerial.snappy", "*"),
    ("com.github.luben", "*"),
)
"""(organisation, module) of what the connector needs and Spark has already."""


def broker() -> Path:
    """Return the directory of the broker's jars, fetched if need be.

    Raises:
        BenchmarkError: if they can't be fetched.
    """
    wanted = Artifact("org.apache.kafka", "kafka_2.13", KAFKA)
    return fetched(f"kafka-{KAFKA}", [wanted], "--kafka")


def connector() -> list[Path]:
    """Return the jars that Spark needs to read from Kafka, fetched if need be.

    Raises:
        BenchmarkError: if they can't be fetched.
    """
    from neptune_bench.harness import toolchain

    spark = toolchain.find_spark()
    wanted = Artifact(
        "org.apache.spark",
        f"spark-sql-kafka-0-10_{spark.supported_line.scala}",
        f"[{OLDEST_CONNECTOR},{spark.version}]",
    )
    directory = fetched(f"spark-sql-kafka-{spark.version}", [wanted], "--kafka", IN_SPARK)
    return sorted(directory.glob("*.jar"))
