"""Settings of the Spark sessions whose latencies are compared: the same for every scheduler."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyspark
from pyspark.sql import SparkSession

MEMORY_MB: Final = 3072
"""Memory of the driver, in which local executors are."""

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


def settings(name: str, master: str, scratch: str, event_log: str) -> dict[str, str]:
    """Return the settings of an application, whatever its scheduler.

    Args:
        name: of the application.
        master: its Spark master.
        scratch: directory for what Spark spills and shuffles.
        event_log: directory of the event log.
    """
    return {
        "spark.app.name": name,
        "spark.master": master,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "ERROR",
        "spark.driver.memory": f"{MEMORY_MB}m",
        "spark.local.dir": scratch,
        "spark.sql.warehouse.dir": f"{scratch}/warehouse",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": Path(event_log).as_uri(),
        # The benchmark itself reads the log: one plain file.
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
        # On a local directory Spark's default manager starts some thirty processes (readlink) in
        # each micro-batch, which is more work than the batch itself.
        "spark.sql.streaming.checkpointFileManagerClass": CHECKPOINT_MANAGER,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "4",
    }


def configured(builder: SparkSession.Builder, settings: Mapping[str, str]) -> SparkSession.Builder:
    """Return a builder of sessions with these settings.

    Args:
        builder: PySpark's, or Neptune's.
        settings: of Spark.
    """
    # By PySpark's hints a dict that may have values of every kind.
    given: dict[str, Any] = dict(settings)
    return builder.config(map=given)


def fair_settings(scratch: str) -> dict[str, str]:
    """Return what turns the FAIR scheduler on, with a pool for the stream; writes its file.

    Args:
        scratch: directory for the file.
    """
    pools = Path(scratch) / "pools.xml"
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
