"""What a thread of the driver waits for has its priority, or is hurried before time is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.functions import udf

import neptune_spark
from neptune_spark import Scheduler
from tests.integration.jobs import PATIENCE_S, PythonJob, eventually, in_background

LOW, NORMAL, HIGH = -10, 0, 10
ABOVE_ALL = 2**31 - 1


class Gate:
    """A function of a column whose tasks last until the gate is opened."""

    def __init__(self, directory: Path) -> None:
        self._end = directory / "end"
        end = str(self._end)

        def wait(value: int) -> int:
            while not Path(end).exists():
                time.sleep(0.01)
            return value

        # Asked whether to use Arrow, PySpark does not look whether it likes this pandas.
        self.wait = wait
        self.function: Callable[[str], Column] = udf(wait, "long", useArrow=False)

    def open(self) -> None:
        self._end.touch()


@pytest.fixture
def gate(scheduler: Scheduler, tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path)
    yield gate
    # What a failed test has left behind ends here.
    gate.open()
    (tmp_path / "stop").touch()


def states(scheduler: Scheduler) -> set[tuple[int, str]]:
    return {(task.priority, task.state) for task in scheduler.tasks()}


def held_up(spark: SparkSession, scheduler: Scheduler, directory: Path) -> PythonJob:
    """A normal job that has a core of the low one that is there."""
    eventually(lambda: (LOW, "running") in states(scheduler), "the low job got no cores")
    other = PythonJob(spark.sparkContext, directory, None)
    other.wait_until_running()
    return other


def test_a_plan_that_a_higher_thread_waits_for_is_raised(
    spark: SparkSession, scheduler: Scheduler, gate: Gate, tmp_path: Path
) -> None:
    """Two threads have one adaptive plan, which runs under its monitor."""
    frame = spark.range(0, 8, 1, 2).select(gate.function("id").alias("n")).groupBy("n").count()
    low = in_background(neptune_spark.priority("low")(frame.collect))
    other = held_up(spark, scheduler, tmp_path)
    high = in_background(neptune_spark.priority("high")(frame.collect))
    eventually(
        lambda: states(scheduler) == {(HIGH, "running"), (NORMAL, "suspended")},
        "what the high thread waits for was not raised",
    )
    gate.open()
    assert len(high.result(PATIENCE_S)) == 8
    assert not other.result.done()
    other.finish()
    assert low.result(PATIENCE_S) is not None


class Computed:
    """A function that the JVM may call: the value of a key, computed by a job of Spark's."""

    def __init__(self, compute: Callable[[], int]) -> None:
        self._compute = compute

    def apply(self, _: object) -> int:
        return self._compute()

    class Java:
        implements: ClassVar = ["java.util.function.Function"]


def test_what_a_library_computes_under_a_monitor_is_raised(
    spark: SparkSession, scheduler: Scheduler, gate: Gate, tmp_path: Path
) -> None:
    """A map computes each value once, by an RDD's job here; who wants it meanwhile, waits."""
    sc = spark.sparkContext
    ensure_callback_server_started(sc._gateway)  # type: ignore[no-untyped-call]  # it has none
    values = sc._jvm.java.util.concurrent.ConcurrentHashMap()  # type: ignore[union-attr]
    wait = gate.wait
    total = Computed(lambda: int(sc.parallelize(range(4), 2).map(wait).sum()))
    unused = Computed(lambda: -1)
    low = in_background(
        neptune_spark.priority("low")(lambda: values.computeIfAbsent("total", total))
    )
    other = held_up(spark, scheduler, tmp_path)
    high = in_background(
        neptune_spark.priority("high")(lambda: values.computeIfAbsent("total", unused))
    )
    eventually(
        lambda: states(scheduler) == {(HIGH, "running"), (NORMAL, "suspended")},
        "what the high thread waits for was not raised",
    )
    gate.open()
    assert high.result(PATIENCE_S) == 6
    assert not other.result.done()
    other.finish()
    assert low.result(PATIENCE_S) == 6


def test_subqueries_that_keep_the_threads_for_them_are_raised(
    spark: SparkSession, scheduler: Scheduler, gate: Gate, tmp_path: Path
) -> None:
    """Spark has sixteen threads for subqueries, of all queries together."""
    for n in range(16):
        held = spark.range(0, n + 1, 1, 1).select(gate.function("id").alias("n"))
        held.createOrReplaceTempView(f"held_{n}")
    sums = " + ".join(f"(SELECT sum(n) FROM held_{n})" for n in range(16))
    low = in_background(
        neptune_spark.priority("low")(lambda: spark.sql(f"SELECT {sums} AS n").collect())
    )
    eventually(
        lambda: len(spark.sparkContext.statusTracker().getActiveJobsIds()) == 16,
        "the subqueries did not all begin",
    )
    other = held_up(spark, scheduler, tmp_path)

    def one_subquery() -> int:
        query = "SELECT id FROM range(4) WHERE id > (SELECT avg(id) FROM range(4))"
        return spark.sql(query).count()

    high = in_background(neptune_spark.priority("high")(one_subquery))
    eventually(
        lambda: {level for level, _ in states(scheduler)} == {HIGH, NORMAL},
        "the low subqueries were not raised",
    )
    gate.open()
    assert high.result(PATIENCE_S) == 2
    assert not other.result.done()
    other.finish()
    assert low.result(PATIENCE_S)[0].n == sum(n * (n + 1) // 2 for n in range(16))


@pytest.fixture
def hasty(spark: SparkSession) -> Iterator[SparkSession]:
    """A session that does not wait long for a broadcast."""
    session = spark.newSession()
    session.conf.set("spark.sql.adaptive.enabled", "false")
    session.conf.set("spark.sql.broadcastTimeout", "20")
    yield session


def test_a_broadcast_that_is_held_up_comes_before_all_others_before_its_time_is_over(
    hasty: SparkSession, scheduler: Scheduler, gate: Gate, tmp_path: Path
) -> None:
    small = hasty.range(0, 8, 1, 2).select(gate.function("id").alias("n"))

    def joined() -> int:
        large: DataFrame = hasty.range(0, 100, 1, 2).toDF("n")
        return large.join(small.hint("broadcast"), "n").count()

    low = in_background(neptune_spark.priority("low")(joined))
    other = held_up(hasty, scheduler, tmp_path)
    eventually(
        lambda: states(scheduler) == {(ABOVE_ALL, "running"), (NORMAL, "suspended")},
        "the broadcast was not hurried",
    )
    gate.open()
    eventually(lambda: (ABOVE_ALL, "running") not in states(scheduler), "the broadcast did not end")
    other.finish()
    assert low.result(PATIENCE_S) == 8
