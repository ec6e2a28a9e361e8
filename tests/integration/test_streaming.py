"""Structured Streaming next to batch jobs, with nothing but the flag."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr, udf
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.streaming import StreamingContext

import neptune_spark
from neptune_spark import Scheduler
from tests.integration.jobs import PATIENCE_S, PythonJob, eventually, in_background


class Numbers:
    """A stream of numbers: the files of a directory, one a micro-batch."""

    def __init__(self, spark: SparkSession, directory: Path) -> None:
        self._spark = spark
        self._directory = directory / "arriving"
        self._directory.mkdir()
        self._files = 0
        self.queries: list[StreamingQuery] = []

    @property
    def frame(self) -> DataFrame:
        stream = self._spark.readStream.schema("value long").option("maxFilesPerTrigger", 1)
        return stream.csv(str(self._directory))

    def arrive(self, *numbers: int) -> None:
        self._files += 1
        new = self._directory / f".{self._files}.csv"
        new.write_text("".join(f"{n}\n" for n in numbers))
        new.rename(new.with_name(f"{self._files}.csv"))

    def sums(self, name: str) -> StreamingQuery:
        """Starts a query that keeps the sum by parity in the table `name`."""
        sums = self.frame.groupBy(expr("value % 2").alias("odd")).sum("value")
        query = sums.writeStream.format("memory").queryName(name).outputMode("complete").start()
        self.queries.append(query)
        return query

    def answer(self, name: str) -> list[tuple[int, int]]:
        return sorted(tuple(row) for row in self._spark.table(name).collect())


@pytest.fixture
def numbers(spark: SparkSession, scheduler: Scheduler, tmp_path: Path) -> Iterator[Numbers]:
    numbers = Numbers(spark, tmp_path)
    yield numbers
    # A job that a failed test has left behind ends here.
    (tmp_path / "stop").touch()
    for query in numbers.queries:
        query.stop()


def caught_up(query: StreamingQuery) -> None:
    """Waits for the query; not in vain for ever, as processAllAvailable() would."""
    in_background(query.processAllAvailable).result(PATIENCE_S)


@pytest.mark.smoke
@pytest.mark.parametrize("level", ["low", None, "normal"])
def test_micro_batches_bypass_batch_jobs(
    spark: SparkSession, scheduler: Scheduler, numbers: Numbers, tmp_path: Path, level: str | None
) -> None:
    name = f"sums_beside_{level}"
    query = numbers.sums(name)
    numbers.arrive(1, 2, 3)
    caught_up(query)
    batch = PythonJob(spark.sparkContext, tmp_path, level)
    batch.wait_until_running()
    before = scheduler.statistics().suspensions
    for n in (4, 5):
        numbers.arrive(n)
        caught_up(query)
    assert not batch.result.done()
    assert scheduler.statistics().suspensions > before
    there = [batch.progress(0), batch.progress(1)]
    eventually(
        lambda: all(batch.progress(p) > there[p] for p in (0, 1)), "the batch job did not go on"
    )
    batch.finish()
    assert sorted(batch.starts()) == [0, 1]
    assert numbers.answer(name) == [(0, 6), (1, 9)]


def test_a_query_started_as_low_waits_for_batch_jobs(
    spark: SparkSession, scheduler: Scheduler, numbers: Numbers, tmp_path: Path
) -> None:
    with neptune_spark.priority("low"):
        query = numbers.sums("low_sums")
    batch = PythonJob(spark.sparkContext, tmp_path, None)
    batch.wait_until_running()
    before = scheduler.statistics().suspensions
    numbers.arrive(1, 2, 3)
    tracker = spark.sparkContext.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 2, "the micro-batch did not come")
    there = batch.progress(0)
    eventually(lambda: batch.progress(0) > there + 1000, "the batch job stands still")
    assert [p for p in query.recentProgress if p["numInputRows"]] == []
    assert {task.priority for task in scheduler.tasks()} == {0}
    assert scheduler.statistics().suspensions == before
    batch.finish()
    caught_up(query)
    assert numbers.answer("low_sums") == [(0, 2), (1, 4)]


def test_a_batch_job_above_the_streams_bypasses_them(
    spark: SparkSession, scheduler: Scheduler, numbers: Numbers, tmp_path: Path
) -> None:
    """High is a level like any other, also for a micro-batch that runs Python functions."""
    where = str(tmp_path / "hold")

    def hold(value: int) -> int:
        Path(where).touch()
        while not Path(f"{where}-stop").exists():
            pass
        return value

    # Asked whether to use Arrow, PySpark does not look whether it likes this pandas.
    holding = udf(hold, "long", useArrow=False)
    stream = numbers.frame.select(holding("value").alias("value")).writeStream
    query = stream.format("memory").queryName("held").start()
    numbers.queries.append(query)
    numbers.arrive(7)
    eventually(Path(where).exists, "the micro-batch got no core")
    (held,) = scheduler.tasks()
    assert held.priority == 10
    with neptune_spark.priority(11):
        assert spark.sparkContext.parallelize(range(10), 2).sum() == 45
    Path(f"{where}-stop").touch()
    caught_up(query)
    assert [row.value for row in spark.table("held").collect()] == [7]


def test_jobs_of_foreach_batch_are_high(
    spark: SparkSession, scheduler: Scheduler, numbers: Numbers, tmp_path: Path
) -> None:
    seen: list[tuple[int, int, int]] = []

    def tell(batch: DataFrame, _: int) -> None:
        numbers = sorted(row.value for row in batch.collect())
        in_python = batch.rdd.map(lambda row: row.value * 10).sum()
        apart = spark.range(0, 100, 1, 2).count()
        seen.append((numbers[0], int(in_python), apart))

    query = numbers.frame.writeStream.foreachBatch(tell).start()
    numbers.queries.append(query)
    numbers.arrive(1)
    caught_up(query)
    batch = PythonJob(spark.sparkContext, tmp_path, None)
    batch.wait_until_running()
    before = scheduler.statistics().suspensions
    numbers.arrive(2)
    caught_up(query)
    assert not batch.result.done()
    assert scheduler.statistics().suspensions >= before + 3
    assert seen == [(1, 10, 100), (2, 20, 100)]
    batch.finish()


def test_an_idle_continuous_task_waits_for_nobody(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    """It waits for its next record, for thousands of the guard's looks."""
    low = PythonJob(spark.sparkContext, tmp_path, "low")
    low.wait_until_running()
    before = scheduler.statistics().rescues
    source = spark.readStream.format("rate").option("rowsPerSecond", 1).option("numPartitions", 1)
    query = (
        source.load()
        .writeStream.format("memory")
        .queryName("continuous")
        .trigger(continuous="500 milliseconds")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .start()
    )
    try:
        eventually(
            lambda: len(list((tmp_path / "checkpoint" / "commits").glob("[0-9]*"))) >= 3,
            "the query makes no progress",
        )
        (held,) = [task for task in scheduler.tasks() if task.state == "suspended"]
        assert held.priority < 0
        assert scheduler.statistics().rescues == before
    finally:
        query.stop()
        low.finish()


@pytest.mark.parametrize("level", [None, "low"])
def test_jobs_that_a_plain_pool_submits_for_foreach_batch_are_the_stream_s(
    spark: SparkSession, scheduler: Scheduler, numbers: Numbers, tmp_path: Path, level: str | None
) -> None:
    """Its threads inherit no local properties; the DataFrame's session tells whose they are. The
    limit of the query is for all of them together."""
    sums: list[int] = []
    where = str(tmp_path / "hold")

    def hold(value: int) -> int:
        Path(where).touch()
        while not Path(f"{where}-stop").exists():
            pass
        return value

    holding = udf(hold, "long", useArrow=False)

    def tell(batch: DataFrame, _: int) -> None:
        # Each has stages of its own.
        held = [batch.select(holding("value").alias("value")).groupBy().sum() for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            found = [pool.submit(each.collect) for each in held]
            sums.extend(each.result()[0][0] for each in found)

    def start() -> StreamingQuery:
        with neptune_spark.limit(max_tasks=1):
            return numbers.frame.writeStream.foreachBatch(tell).start()

    query = start() if level is None else neptune_spark.priority(level)(start)()
    numbers.queries.append(query)
    try:
        numbers.arrive(1, 2, 3)
        eventually(Path(where).exists, "the micro-batch got no core")
        priority = 10 if level is None else -10
        eventually(lambda: pending(scheduler, priority) == 1, "the limit holds no task")
        assert [task.priority for task in scheduler.tasks()] == [priority]
        # Others of the same session, outside of any stream, are what they always were.
        batch = PythonJob(spark.sparkContext, tmp_path, None, partitions=1)
        batch.wait_until_running(1)
        assert 0 in {task.priority for task in scheduler.tasks()}
        batch.finish()
    finally:
        Path(f"{where}-stop").touch()
    caught_up(query)
    assert sums == [6, 6]


def pending(scheduler: Scheduler, priority: int) -> int:
    levels = scheduler.statistics().levels
    return sum(level.tasks_pending for level in levels if level.priority == priority)


def test_batches_of_dstreams_bypass_batch_jobs(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    sc = spark.sparkContext
    sums: list[int] = []
    batch = PythonJob(sc, tmp_path, None)
    batch.wait_until_running()
    with pytest.warns(FutureWarning, match="DStream"):
        context = StreamingContext(sc, 1)
    numbers = context.queueStream([sc.parallelize(range(10), 2)])
    numbers.map(lambda n: n * 2).foreachRDD(lambda _, rdd: sums.append(rdd.sum()))
    context.start()
    try:
        eventually(lambda: sums, "the stream waited for the batch job")
        assert not batch.result.done()
    finally:
        batch.finish()
        context.stop(stopSparkContext=False)
    assert sums[0] == 90
