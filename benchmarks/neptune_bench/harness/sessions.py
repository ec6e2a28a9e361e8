"""Settings of the Spark sessions whose latencies are compared: the same for every scheduler."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyspark
from pyspark.sql import SparkSession

MEMORY_MB: Final = 3072
"""Memory of the driver, in which local executors are."""

EVENTS: Final = "events"
"""The directory of the event log."""

STREAM_POOL: Final = "stream"
# A stream that Spark prefers to the batch as far as it can: a thousandfold share, and every core as
# its minimum (1000 stands for more than there are).
POOLS: Final = f"""<?xml version="1.0"?>
<allocations>
  <pool name="{STREAM_POOL}">
    <schedulingMode>FIFO</schedulingMode><weight>1000</weight><minShare>1000</minShare>
  </pool>
</allocations>
"""
# Its package came with Spark 4.1.
_LINE = tuple(map(int, pyspark.__version__.split(".")[:2]))
_CHECKPOINTING = "checkpointing." if _LINE >= (4, 1) else ""
CHECKPOINT_MANAGER: Final = (
    f"org.apache.spark.sql.execution.streaming.{_CHECKPOINTING}FileSystemBasedCheckpointFileManager"
)


def settings(name: str, master: str, place: Path) -> dict[str, str]:
    """Return the settings of an application, whatever its scheduler.

    Args:
        name: of the application.
        master: its Spark master.
        place: directory for what Spark spills and shuffles, and for that of the event log, which
            this makes.
    """
    (place / EVENTS).mkdir(exist_ok=True)
    return {
        "spark.app.name": name,
        "spark.master": master,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.memory": f"{MEMORY_MB}m",
        "spark.local.dir": str(place),
        "spark.sql.warehouse.dir": str(place / "warehouse"),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": (place / EVENTS).as_uri(),
        # The benchmark itself reads the log: one plain file.
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        # On a local directory Spark's default manager starts some thirty processes (readlink) in
        # each micro-batch, which is more work than the batch itself.
        "spark.sql.streaming.checkpointFileManagerClass": CHECKPOINT_MANAGER,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
    }


@contextmanager
def started(
    settings: Mapping[str, str], neptune: Mapping[str, str] | None = None
) -> Iterator[SparkSession]:
    """Start a session, and stop it at the end.

    Args:
        settings: of Spark.
        neptune: settings of Neptune by keyword (see docs/configuration.md); None for stock Spark.
    """
    # By PySpark's hints a dict that may have values of every kind.
    given: dict[str, Any] = dict(settings)
    builder = SparkSession.builder.config(map=given)
    if neptune is not None:
        # Only here: the stock runs must not need the package at all.
        import neptune_spark

        builder = neptune_spark.configure(builder, **neptune)
    spark = builder.getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


def fair_settings(place: Path) -> dict[str, str]:
    """Return what turns the FAIR scheduler on, with a pool for the stream; writes its file.

    Args:
        place: directory for the file.
    """
    pools = place / "pools.xml"
    pools.write_text(POOLS)
    return {
        "spark.scheduler.mode": "FAIR",
        "spark.scheduler.allocation.file": pools.as_uri(),
    }


def set_pool(spark: SparkSession, name: str | None) -> None:
    """Have this thread's next jobs, and the queries it starts, run in a pool; None for Spark's."""
    # Spark forgets a local property that is null; PySpark's hints do not know it.
    value: Any = name
    spark.sparkContext.setLocalProperty("spark.scheduler.pool", value)


def versions(spark: SparkSession) -> dict[str, str]:
    """Return the versions that the figures were measured with."""
    jvm = spark.sparkContext._jvm
    assert jvm is not None
    return {
        "spark": spark.version,
        "java": jvm.java.lang.System.getProperty("java.version"),
        "python": platform.python_version(),
    }
