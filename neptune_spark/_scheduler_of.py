"""The scheduler of a session, for whoever has the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neptune_spark._scheduler import Scheduler

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession


def scheduler(spark: SparkSession | SparkContext) -> Scheduler:
    """Return the Neptune scheduler behind a session.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    spark : SparkSession | SparkContext
        A SparkSession or SparkContext that was started with Neptune, or a Spark Connect session
        on a server with Neptune.

    Returns
    -------
    Scheduler
        For the session's tasks, figures and policy.

    Raises
    ------
    SessionError
        For a stopped session, one without Neptune, or one whose jar has another version than this
        package.

    Examples
    --------
    >>> neptune_spark.scheduler(spark).tasks()
    []
    """
    return Scheduler(spark)
