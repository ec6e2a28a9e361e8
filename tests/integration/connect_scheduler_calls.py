"""What tests have a client of Spark Connect ask its scheduler, in its own process."""

from __future__ import annotations

from typing import Any

import neptune_spark
from neptune_spark import NeptuneError
from tests.integration.connect_calls import session


def ask(what: str, *arguments: Any, **named: Any) -> Any:
    """What a method of the scheduler returns; the error and its sentence if it raises one."""
    scheduler = neptune_spark.scheduler(session())
    try:
        return getattr(scheduler, what)(*arguments, **named)
    except NeptuneError as e:
        return f"{type(e).__name__}: {e}"


def policy(name: str | None = None) -> str:
    """The policy in force, once that of the name is put there; the error if it can't be."""
    scheduler = neptune_spark.scheduler(session())
    try:
        if name is not None:
            scheduler.policy = name
        return scheduler.policy
    except NeptuneError as e:
        return f"{type(e).__name__}: {e}"


def look_at(statement: str) -> list[str]:
    """What a statement's columns are, asked for without running it, as a client may."""
    # Spark 3.5 may lack what these need.
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.plan import SQL

    frame: Any = DataFrame(SQL(statement, [], {}, []), session())  # type: ignore[arg-type]  # it is of Connect
    try:
        return [field.name for field in frame.schema]
    except Exception as e:
        return [str(e)]


def stopped() -> str:
    """What a scheduler says whose session has been stopped."""
    spark = session()
    scheduler = neptune_spark.scheduler(spark)
    spark.stop()
    try:
        return str(scheduler.tasks())
    except NeptuneError as e:
        return f"{type(e).__name__}: {e}"
