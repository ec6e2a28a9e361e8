"""The state of a stream whose tasks are suspended while they hold it open."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.state import GroupState, GroupStateTimeout

from neptune_spark import Scheduler, TaskView
from tests.integration.jobs import eventually
from tests.integration.test_streaming import Numbers, caught_up

PACKAGE = "org.apache.spark.sql.execution.streaming.state"


class Totals:
    """A query that keeps the total by parity, and waits with its state open when told to."""

    def __init__(self, numbers: Numbers, directory: Path) -> None:
        self._numbers = numbers
        self._directory = directory
        where = str(directory)

        def add(
            key: tuple[Any, ...], frames: Iterable[pd.DataFrame], state: GroupState
        ) -> Iterator[pd.DataFrame]:
            total = sum(int(frame["value"].sum()) for frame in frames)
            if state.exists:
                total += state.get[0]
            Path(where, "open").touch()
            while Path(where, "wait").exists():
                time.sleep(0.01)
            state.update((total,))
            yield pd.DataFrame({"odd": [key[0]], "total": [total]})

        self._add = add

    def start(self) -> StreamingQuery:
        keyed = self._numbers.frame.selectExpr("value", "value % 2 AS odd").groupBy("odd")
        totals = keyed.applyInPandasWithState(
            self._add, "odd long, total long", "total long", "append", GroupStateTimeout.NoTimeout
        )
        writer = totals.writeStream.option(
            "checkpointLocation", str(self._directory / "checkpoint")
        )
        query = writer.format("json").start(str(self._directory / "totals"))
        self._numbers.queries.append(query)
        return query

    def written(self, spark: SparkSession) -> list[tuple[int, int]]:
        """What the committed micro-batches have written: odd or not, and the total then."""
        totals = spark.read.schema("odd long, total long").json(str(self._directory / "totals"))
        return sorted(tuple(row) for row in totals.collect())

    def suspend_with_open_state(self, scheduler: Scheduler, *arriving: int) -> TaskView:
        """Has the task of the next micro-batch suspended while its state is open."""
        (self._directory / "open").unlink()
        (self._directory / "wait").touch()
        self._numbers.arrive(*arriving)
        eventually((self._directory / "open").exists, "the micro-batch did not come")
        (task,) = scheduler.tasks()
        scheduler.suspend(task.task_id)
        eventually(lambda: scheduler.tasks()[0].state == "suspended", "it was not suspended")
        (self._directory / "wait").unlink()
        return task

    def has_snapshot(self, version: int) -> bool:
        """Whether maintenance has seen to this version of the state."""
        state = self._directory / "checkpoint" / "state"
        return any(any(state.rglob(f"{version}.{kind}")) for kind in ("snapshot", "zip"))


@pytest.fixture
def one_partition(spark: SparkSession) -> Iterator[None]:
    settings = {
        "spark.sql.shuffle.partitions": "1",
        # Maintenance makes a snapshot of the second version.
        "spark.sql.streaming.stateStore.minDeltasForSnapshot": "1",
        "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
        "spark.sql.streaming.stateStore.providerClass": "",
    }
    before = {key: spark.conf.get(key, None) for key in settings}
    for key, value in settings.items():
        if value:
            spark.conf.set(key, value)
    yield
    for key, former in before.items():
        if former is None:
            spark.conf.unset(key)
        else:
            spark.conf.set(key, former)


def maintain(spark: SparkSession) -> None:
    """Does what Spark does once a minute."""
    jvm: Any = spark.sparkContext._jvm
    gateway: Any = spark.sparkContext._gateway
    store = jvm.java.lang.Class.forName(f"{PACKAGE}.StateStore$")
    method = store.getDeclaredMethod("doMaintenance", gateway.new_array(jvm.java.lang.Class, 0))
    method.setAccessible(True)
    method.invoke(store.getField("MODULE$").get(None), gateway.new_array(jvm.java.lang.Object, 0))


@pytest.fixture
def numbers(spark: SparkSession, scheduler: Scheduler, tmp_path: Path) -> Iterator[Numbers]:
    numbers = Numbers(spark, tmp_path)
    yield numbers
    (tmp_path / "wait").unlink(missing_ok=True)
    for query in numbers.queries:
        query.stop()


@pytest.mark.parametrize("provider", ["HDFSBackedStateStoreProvider", "RocksDBStateStoreProvider"])
def test_state_survives_suspensions(
    spark: SparkSession,
    scheduler: Scheduler,
    numbers: Numbers,
    tmp_path: Path,
    one_partition: None,
    provider: str,
) -> None:
    spark.conf.set("spark.sql.streaming.stateStore.providerClass", f"{PACKAGE}.{provider}")
    totals = Totals(numbers, tmp_path)
    query = totals.start()
    for some in ((1, 2), (3,)):
        numbers.arrive(*some)
        caught_up(query)

    task = totals.suspend_with_open_state(scheduler, 4, 5)
    maintain(spark)
    eventually(lambda: totals.has_snapshot(2), "there was no maintenance")
    scheduler.resume(task.task_id)
    caught_up(query)
    written = [(0, 2), (0, 6), (1, 1), (1, 4), (1, 9)]
    assert totals.written(spark) == written

    # A query that stops lets go of its state, though its task is suspended.
    totals.suspend_with_open_state(scheduler, 6)
    query.stop()
    eventually(lambda: not scheduler.tasks(), "a suspended task outlived its query")
    assert totals.written(spark) == written
    query = totals.start()
    caught_up(query)
    numbers.arrive(7)
    caught_up(query)
    assert totals.written(spark) == sorted([*written, (0, 12), (1, 16)])
