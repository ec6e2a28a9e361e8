"""What tests have a client of Spark Connect do, in its own process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import udf

import neptune_spark
from tests.integration.jobs import PATIENCE_S, in_background

#: What runs on other threads of the client.
_running: dict[str, Future[Any]] = {}


def session() -> SparkSession:
    """That of the client which the function runs in."""
    return SparkSession.active()


def held(spark: SparkSession, gate: str, numbers: DataFrame | None = None) -> DataFrame:
    """The numbers, 0 if none are given, which come when there is a file."""

    @udf("long")
    def wait(number):  # type: ignore[no-untyped-def]  # PySpark warns of hints that are strings
        import os
        import time

        while not os.path.exists(gate):
            time.sleep(0.01)
        return number

    frame = spark.range(0, 1, 1, 1) if numbers is None else numbers
    return frame.select(wait(frame[0]))


def run_held(
    gate: str, blocks: tuple[str | int, ...] = (), tags: tuple[str, ...] = (), tasks: int = 1
) -> int:
    """Runs a query that lasts until there is a file, within blocks and with tags."""
    spark = session()
    for tag in tags:
        spark.addTag(tag)
    try:
        return _within(blocks, held(spark, gate, spark.range(0, tasks, 1, tasks)))
    finally:
        for tag in tags:
            spark.removeTag(tag)


def _within(blocks: tuple[str | int, ...], frame: DataFrame) -> int:
    if blocks:
        with neptune_spark.priority(blocks[0]):
            return _within(blocks[1:], frame)
    return len(frame.collect())


def tried(call: Callable[..., Any], *arguments: Any) -> Any:
    """What it returns, or the error's sentence: not all errors can be sent."""
    try:
        return call(*arguments)
    except Exception as e:
        return str(e)


def sql(text: str) -> list[Any]:
    """The rows of a query."""
    return [tuple(row) for row in session().sql(text).collect()]


def set_conf(key: str, value: str | None) -> None:
    """Sets, or takes back, a setting of the session."""
    if value is None:
        session().conf.unset(key)
    else:
        session().conf.set(key, value)


def run_busy(gate: str) -> int:
    """Runs a low query of two tasks, within calls in C that take seconds, until there is a file."""

    @udf("long")
    def work(number):  # type: ignore[no-untyped-def]
        import os

        while not os.path.exists(gate):
            pow(3, 4 * 10**6)
        return number

    with neptune_spark.priority("low"):
        return len(session().range(0, 2, 1, 2).select(work("id")).collect())


def start_stream(gate: str, checkpoint: str, in_function: bool) -> str:
    """Starts a query whose batches last until there is a file: in the stream's own job, or in one
    that its function for batches submits. Returns its id."""
    spark = session()
    stream = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    if in_function:

        def process(batch: DataFrame, number: int) -> None:
            assert len(held(session(), gate, batch.limit(1)).collect()) <= 1

        writer = stream.selectExpr("value").writeStream.foreachBatch(process)
    else:
        writer = held(spark, gate, stream.selectExpr("value")).writeStream.format("noop")
    return str(writer.option("checkpointLocation", checkpoint).start().id)


def batches_of(query_id: str) -> int:
    """How many batches of a query are known to have ended."""
    query = session().streams.get(query_id)
    assert query is not None
    return len(query.recentProgress)


def stop_stream(query_id: str) -> None:
    """Ends a query."""
    query = session().streams.get(query_id)
    assert query is not None
    query.stop()


def begin(name: str, call: Callable[..., Any], *arguments: Any) -> None:
    """Calls it on another thread of the client, one without an active session."""
    _running[name] = in_background(lambda: call(*arguments))


def outcome(name: str) -> Any:
    """What it has returned, or the error's sentence."""
    return tried(_running.pop(name).result, PATIENCE_S)


def interrupt(tag: str | None) -> int:
    """Interrupts what runs with the tag, or all; returns how many operations."""
    spark = session()
    return len(spark.interruptAll() if tag is None else spark.interruptTag(tag))
