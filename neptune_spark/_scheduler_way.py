"""Which way there is to a session's scheduler: py4j or SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neptune_spark._errors import SessionError
from neptune_spark._scheduler_access import SchedulerAccess

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession


def access_to(spark: SparkSession | SparkContext) -> SchedulerAccess:
    """Return the way to the scheduler of a session; raise a SessionError for what has none."""
    # Where there is Spark Connect only, there is no py4j, and PySpark has no context to import.
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        from neptune_spark._sql_scheduler import SqlScheduler

        return SqlScheduler(spark)  # type: ignore[arg-type]  # no subclass of it before Spark 4

    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    from neptune_spark._jvm_scheduler import JvmScheduler

    if isinstance(spark, SparkContext):
        return JvmScheduler(spark)
    if isinstance(spark, SparkSession):
        return JvmScheduler(spark.sparkContext)
    raise SessionError(
        "neptune_spark.scheduler() takes a SparkSession or a SparkContext, not "
        f"{type(spark).__name__}."
    )
