"""The scheduler in the driver's JVM: where it is, and what its errors are here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from neptune_spark._errors import NeptuneError, SessionError
from neptune_spark._jar_version import check_jar_version

if TYPE_CHECKING:
    from py4j.java_gateway import JavaObject
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

#: The class of the scheduler in a session with Neptune; on some masters it is of a subclass.
SCHEDULER_CLASS = "org.apache.spark.neptune.driver.NeptuneTaskScheduler"


def context_of(spark: SparkSession | SparkContext) -> SparkContext:
    """Return the context that a session, or a context, has.

    Raises
    ------
    SessionError
        For a Spark Connect session, which has none here, and for what is no session.
    """
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    if isinstance(spark, SparkContext):
        return spark
    # A Connect session is no subclass of the classic one before Spark 4, and has no _jsparkSession.
    if not isinstance(spark, SparkSession) or not hasattr(spark, "_jsparkSession"):
        if type(spark).__module__.startswith("pyspark.sql.connect"):
            raise SessionError(
                "neptune_spark.scheduler() got a Spark Connect session, which cannot reach the "
                "scheduler: start a classic session (no .remote(), no SPARK_REMOTE)."
            )
        raise SessionError(
            "neptune_spark.scheduler() takes a SparkSession or a SparkContext, not "
            f"{type(spark).__name__}."
        )
    return spark.sparkContext


def find(context: SparkContext) -> JavaObject:
    """Return the scheduler behind a context.

    Raises
    ------
    SessionError
        When the context is stopped, or without Neptune, or its jar is of another version.
    """
    if context._jsc is None:
        raise stopped()
    task_scheduler = context._jsc.sc().taskScheduler()
    if task_scheduler is None:
        raise stopped()
    found = task_scheduler.getClass()
    if SCHEDULER_CLASS not in _with_superclasses(found):
        raise SessionError(
            f"this session runs without Neptune (its scheduler is {found.getName()}): start it "
            "with neptune_spark.builder(), neptune_spark.configure(...) or `neptune-spark submit`."
        )
    check_jar_version(context._jvm)
    return task_scheduler.neptune()


def _with_superclasses(found: JavaObject | None) -> Iterator[str]:
    while found is not None:
        yield str(found.getName())
        found = found.getSuperclass()


def stopped() -> SessionError:
    """Return the error of a session that is no more."""
    return SessionError("the Spark session has been stopped: start a new one.")


def translated(error: Exception, refusal: type[NeptuneError]) -> NeptuneError:
    """Return the JVM's own sentence, without the class names and the stack trace around it."""
    # py4j attaches the Java exception under the one name, PySpark, once patched in, the other.
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is None:
        return NeptuneError(f"the call into the scheduler failed: {error}")
    if java.getClass().getName() == "java.lang.IllegalArgumentException":
        return refusal(str(java.getMessage()))
    return NeptuneError(f"the scheduler failed: {java.toString()}")
