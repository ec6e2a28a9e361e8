"""Sessions of an application that has several, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyspark
from pyspark.sql import SparkSession

# Its package came with Spark 4.1.
_LINE = tuple(map(int, pyspark.__version__.split(".")[:2]))
_PACKAGE = "checkpointing." if _LINE >= (4, 1) else ""
#: A setting without which Spark starts some thirty processes (readlink) in each micro-batch, on a
#: local directory.
QUICK_CHECKPOINTS = (
    "spark.sql.streaming.checkpointFileManagerClass",
    f"org.apache.spark.sql.execution.streaming.{_PACKAGE}FileSystemBasedCheckpointFileManager",
)


@contextmanager
def session(builder: SparkSession.Builder, own: Mapping[str, str]) -> Iterator[SparkSession]:
    """A session with settings of its own, which the next one does not have."""
    for key, value in own.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    # Those of the first one are properties of the JVM, which PySpark starts with them.
    system: Any = spark.sparkContext._jvm.java.lang.System  # type: ignore[union-attr]
    for key in own:
        system.clearProperty(key)
    try:
        yield spark
    finally:
        spark.stop()
