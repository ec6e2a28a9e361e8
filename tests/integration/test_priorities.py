"""Which priority a job has, of all that may say one; and that it changes while the job runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import broadcast, udf

import neptune_spark
from neptune_spark import Scheduler, TaskError
from tests.integration.jobs import PATIENCE_S, EventLog, PythonJob, eventually, in_background

KEY = "spark.neptune.priority"
TAG = "neptune.priority="
LOW, NORMAL, HIGH = -10, 0, 10


class HeldQuery:
    """A query of one task that lasts until it is told to end."""

    def __init__(self, session: SparkSession, directory: Path) -> None:
        directory.mkdir()
        self.gate = directory / "gate"
        self.reached = directory / "reached"
        gate, reached = str(self.gate), str(self.reached)

        @udf("long")
        def wait(number):  # type: ignore[no-untyped-def]  # PySpark warns of hints that are strings
            import os
            import time

            open(reached, "w").close()
            while not os.path.exists(gate):
                time.sleep(0.01)
            return number

        self.wait = wait
        self._frame = session.range(0, 1, 1, 1).select(wait("id"))

    def run(self) -> None:
        assert [row[0] for row in self._frame.collect()] == [0]


@contextmanager
def tagged(spark: SparkSession, *tags: str) -> Iterator[None]:
    for tag in tags:
        spark.sparkContext.addJobTag(tag)
    yield
    for tag in tags:
        spark.sparkContext.removeJobTag(tag)


def level_of(spark: SparkSession, directory: Path, **ways: Any) -> int:
    """The level of a query's task, where a block, tags and the session say one."""
    session = spark.newSession()
    if "session" in ways:
        session.sql(f"SET {KEY}={ways['session']}")
    query = HeldQuery(session, directory)

    def run() -> None:
        with ExitStack() as stack:
            stack.enter_context(tagged(spark, *(f"{TAG}{tag}" for tag in ways.get("tags", ()))))
            if "block" in ways:
                stack.enter_context(neptune_spark.priority(ways["block"]))
            query.run()

    scheduler = neptune_spark.scheduler(spark)
    result = in_background(run)
    eventually(scheduler.tasks, "the query got no core")
    (task,) = scheduler.tasks()
    query.gate.touch()
    result.result(PATIENCE_S)
    eventually(lambda: not scheduler.tasks(), "its task did not end")
    return task.priority


@pytest.mark.parametrize(
    ("properties", "level"),
    [
        ({"spark.scheduler.pool": "etl"}, 3),
        ({"spark.job.description": "known by a rule", "spark.scheduler.pool": "etl"}, 4),
        ({"spark.scheduler.pool": "etl", KEY: "low"}, LOW),
    ],
)
def test_a_rule_comes_after_what_a_job_says(
    spark: SparkSession,
    scheduler: Scheduler,
    tmp_path: Path,
    properties: dict[str, str],
    level: int,
) -> None:
    held = HeldQuery(spark, tmp_path / "query")

    def run() -> None:
        for key, value in properties.items():
            spark.sparkContext.setLocalProperty(key, value)
        held.run()

    result = in_background(run)
    eventually(scheduler.tasks, "the query got no core")
    found = levels(scheduler)
    held.gate.touch()
    result.result(PATIENCE_S)
    assert found == {level}


@pytest.mark.parametrize("described", [False, True])
def test_a_rule_knows_a_stream_by_its_name(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path, described: bool
) -> None:
    """However its batches describe their jobs."""
    held = HeldQuery(spark, tmp_path / "query")

    def tell(batch: DataFrame, _: int) -> None:
        spark.sparkContext.setJobDescription("a description of its own")
        batch.select(held.wait("value")).collect()

    stream = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    plain = stream.select(held.wait("value")).writeStream.format("noop")
    query = (
        (stream.writeStream.foreachBatch(tell) if described else plain)
        .queryName("by_a_rule")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .start()
    )
    # A first batch without rows has a task, too, for a moment.
    eventually(held.reached.exists, "the stream got no core")
    found = levels(scheduler)
    named = scheduler.set_priority("low", query="by_a_rule")
    held.gate.touch()
    query.stop()
    scheduler.set_priority(None, query=query)
    assert (found, named) == ({6}, 1)


@pytest.mark.parametrize(
    ("ways", "level"),
    [
        ({}, NORMAL),
        ({"session": "low"}, LOW),
        ({"session": "low", "tags": ["5"]}, 5),
        ({"tags": ["low", "7", "5"]}, 7),
        ({"session": "low", "tags": ["5"], "block": "high"}, HIGH),
        ({"session": "high", "block": "low"}, LOW),
    ],
)
def test_a_block_comes_before_a_tag_and_that_before_the_session(
    spark: SparkSession, tmp_path: Path, ways: dict[str, Any], level: int
) -> None:
    assert level_of(spark, tmp_path / "query", **ways) == level


@pytest.mark.since_spark("4.0", "tags of a session")
def test_a_tag_of_a_session_is_known_by_what_its_user_wrote(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    session = spark.newSession()
    held = HeldQuery(session, tmp_path / "query")

    def run() -> None:
        session.addTag(f"{TAG}5")
        session.addTag("report")
        held.run()

    result = in_background(run)
    eventually(lambda: levels(scheduler) == {5}, "the tag has no effect")
    assert scheduler.set_priority("low", tag="report") == 1
    eventually(lambda: levels(scheduler) == {LOW}, "it did not change")
    scheduler.set_priority(None, tag="report")
    held.gate.touch()
    result.result(PATIENCE_S)


def test_a_session_is_told_at_once_what_it_cannot_set(spark: SparkSession) -> None:
    session = spark.newSession()
    for bad in ("urgent", "2147483648", "High"):
        with pytest.raises(Exception, match=rf"{bad}.*{KEY}.*low, normal, high or a 32-bit"):
            session.sql(f"SET {KEY}={bad}")
        with pytest.raises(Exception, match=rf"{bad}.*{KEY}.*low, normal, high or a 32-bit"):
            session.conf.set(KEY, bad)
    assert session.conf.get(KEY, None) is None
    with pytest.raises(Exception, match=r"spark\.neptune\.policy"):
        session.conf.set("spark.neptune.policy", "lb")
    meant = r"\(set to '4'\) is not a setting of Neptune: did you mean spark\.neptune"
    for setting, said in {
        "policy=lb": r"can't be set to 'lb' for a session .* put another policy in force with",
        "order=fair": r"can't be set to 'fair' for a session or a job, because it belongs to the",
        "pool.etl.maxCores=4": r"can't be set to '4' .* or change the limit with neptune_set_limit",
        "pool.etl.maxcores=4": rf"{meant}\.pool\.etl\.maxCores\?",
        "maxtasks=4": rf"{meant}\.maxTasks\?",
        "python.socket=x": r"\(set to 'x'\) is set by Neptune itself; remove it\.",
    }.items():
        key, _, value = f"spark.neptune.{setting}".partition("=")
        with pytest.raises(Exception, match=f"{re.escape(key)} {said}"):
            session.sql(f"SET {key}={value}")
        assert session.conf.get(key, None) != value
    assert neptune_spark.scheduler(spark).policy == "lma"
    known = {row.key: row.meaning for row in session.sql("SET -v").collect()}
    assert "neptune_spark.priority()" in known[KEY]


@pytest.mark.parametrize(
    ("key", "bad", "accepted"),
    [
        ("spark.neptune.maxCores", "120%", "a number of cores above 0 or a share of all"),
        ("spark.neptune.minCores", "0", "a number of cores above 0 or a share of all"),
        ("spark.neptune.maxTasks", "25%", "a positive integer"),
        ("spark.neptune.target", "soon", "a duration above 0 such as 100ms or 2s"),
    ],
)
def test_a_session_is_told_at_once_of_a_limit_that_is_none(
    spark: SparkSession, key: str, bad: str, accepted: str
) -> None:
    session = spark.newSession()
    with pytest.raises(Exception, match=rf"{bad}.*{key}.*must be {accepted}"):
        session.sql(f"SET {key}={bad}")
    session.sql(f"SET {key}=3")
    assert session.conf.get(key) == "3"


def test_a_wrong_tag_fails_the_job_that_has_it(spark: SparkSession) -> None:
    with tagged(spark, f"{TAG}urgent"), pytest.raises(
        Exception, match=r"urgent.*low, normal, high"
    ):
        spark.range(1).collect()
    assert spark.range(1).count() == 1


def test_a_stream_keeps_the_level_of_the_session_that_started_it(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    session = spark.newSession()
    session.conf.set(KEY, "5")
    held = HeldQuery(session, tmp_path / "query")
    stream = session.readStream.format("rate").option("rowsPerSecond", 100).load()
    query = (
        stream.select(held.wait("value"))
        .writeStream.format("noop")
        .option("checkpointLocation", str(tmp_path / "checkpoint"))
        .start()
    )
    try:
        # The stream has a session of its own since it began.
        session.conf.set(KEY, "low")
        # A first batch without rows has a task, too, for a moment.
        eventually(held.reached.exists, "the stream got no core")
        assert {task.priority for task in scheduler.tasks()} == {5}
        assert scheduler.set_priority("low", query=query) == 1
        eventually(lambda: levels(scheduler) == {LOW}, "its batch did not change")
        held.gate.touch()
        eventually(lambda: len(query.recentProgress) > 2, "no other batch began")
        held.gate.unlink()
        eventually(lambda: levels(scheduler) == {LOW}, "a later batch has another level")
        assert scheduler.set_priority(None, query=str(query.id)) == 1
        eventually(lambda: levels(scheduler) == {5}, "it was not taken back")
        held.gate.touch()
    finally:
        query.stop()


def test_a_stream_that_is_restarted_keeps_what_it_was_given(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    held = HeldQuery(spark, tmp_path / "query")
    stream = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    writer = stream.select(held.wait("value")).writeStream.format("noop")
    writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
    first = writer.start()
    assert scheduler.set_priority("low", query=first) <= 1
    first.stop()
    again = writer.start()
    try:
        eventually(lambda: levels(scheduler) == {LOW}, "the restarted query has another level")
        assert (first.id, first.runId == again.runId) == (again.id, False)
        with pytest.raises(TaskError, match=f"no streaming query {again.runId}, .*not that of"):
            scheduler.set_priority("low", query=str(again.runId))
        scheduler.set_priority(None, query=again)
        eventually(lambda: levels(scheduler) == {HIGH}, "it was not taken back")
    finally:
        again.stop()


def test_a_pool_set_in_foreach_batch_comes_before_the_default_for_streams(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    held = {pool: HeldQuery(spark, tmp_path / f"in-{pool}") for pool in ("etl", None)}
    sc: Any = spark.sparkContext

    def process(batch: DataFrame, number: int) -> None:
        for pool, query in held.items():
            sc.setLocalProperty("spark.scheduler.pool", pool)
            assert len(batch.limit(1).select(query.wait("value")).collect()) <= 1

    stream = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    writer = stream.repartition(1).writeStream.foreachBatch(process)
    query = writer.option("checkpointLocation", str(tmp_path / "checkpoint")).start()
    try:
        eventually(lambda: levels(scheduler) == {3}, "no job has the level of the pool")
        held["etl"].gate.touch()
        eventually(lambda: levels(scheduler) == {HIGH}, "no job is the stream's again")
        held[None].gate.touch()
    finally:
        query.stop()


def levels(scheduler: Scheduler) -> set[int]:
    return {task.priority for task in scheduler.tasks()}


def test_all_jobs_of_a_query_have_the_level_of_its_session(
    spark: SparkSession, event_log: EventLog, tmp_path: Path
) -> None:
    session = spark.newSession()
    session.conf.set(KEY, "low")
    session.conf.set("spark.sql.adaptive.enabled", "true")
    numbers = session.range(0, 1000, 1, 4)
    numbers.selectExpr("id", "id % 10 AS k").write.parquet(str(tmp_path / "numbers"))
    frame = session.read.parquet(str(tmp_path / "numbers"))
    frame.createOrReplaceTempView("numbers")
    session.sql("CACHE TABLE cached AS SELECT k, count(*) AS n FROM numbers GROUP BY k")
    joined = frame.join(broadcast(session.table("cached")), "k")
    joined.where("id > (SELECT avg(id) FROM numbers)").groupBy("n").count().collect()
    jobs = [e for e in event_log.events() if e["Event"] == "SparkListenerJobStart"]
    own = [job["Properties"] for job in jobs if "spark.sql.execution.id" in job["Properties"]]
    said = [properties.get(KEY) for properties in own]
    assert len(said) >= 5
    assert set(said) == {"low"}


@pytest.mark.parametrize("way", ["job_id", "job_group", "tag", "query"])
def test_a_running_job_gets_another_level(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path, way: str
) -> None:
    held = HeldQuery(spark, tmp_path / "query")

    def run() -> None:
        spark.sparkContext.setJobGroup("nightly", "a report")
        with tagged(spark, "report"), neptune_spark.priority("low"):
            held.run()

    result = in_background(run)
    eventually(lambda: levels(scheduler) == {LOW}, "the query got no core")
    (task,) = scheduler.tasks()
    names: dict[str, Any] = {"job_id": task.job_id, "job_group": "nightly", "tag": "report"}
    names["query"] = max(executions(spark))
    assert scheduler.set_priority("high", **{way: names[way]}) == 1
    eventually(lambda: levels(scheduler) == {HIGH}, "it did not change")
    assert scheduler.set_priority(None, **{way: names[way]}) == 1
    eventually(lambda: levels(scheduler) == {LOW}, "it was not taken back")
    held.gate.touch()
    result.result(PATIENCE_S)
    # It is over, but has been.
    assert max(executions(spark)) >= names["query"]
    over = {"job_id": task.job_id, "query": names["query"]}.get(way)
    assert over is None or scheduler.set_priority("high", **{way: over}) == 0


def executions(spark: SparkSession) -> list[int]:
    """The ids of the executions of SQL that there were."""
    spark.sparkContext._jsc.sc().listenerBus().waitUntilEmpty()
    found = spark._jsparkSession.sharedState().statusStore().executionsList()
    return [found.apply(i).executionId() for i in range(found.size())]


def test_a_waiting_job_that_is_raised_takes_the_cores_of_a_running_one(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    (tmp_path / "running").mkdir()
    running = PythonJob(spark.sparkContext, tmp_path / "running", "normal")
    running.wait_until_running()
    (tmp_path / "waiting").mkdir()
    waiting = PythonJob(spark.sparkContext, tmp_path / "waiting", "low", group="waiting")
    eventually(lambda: scheduler.set_priority("high", job_group="waiting"), "the job did not begin")
    waiting.wait_until_running()
    states = {task.state for task in scheduler.tasks() if task.priority == NORMAL}
    assert states <= {"suspended", "suspending"}
    waiting.finish()
    running.finish()
    scheduler.set_priority(None, job_group="waiting")


def test_what_names_no_jobs_is_refused(spark: SparkSession, scheduler: Scheduler) -> None:
    with pytest.raises(TaskError, match="no job 99999"):
        scheduler.set_priority("low", job_id=99999)
    with pytest.raises(TaskError, match=r"no active streaming query.*'clicks'"):
        scheduler.set_priority("low", query="clicks")
    said = r"There is no {} {}, nor has there been one: query takes the id of a streaming query "
    unknown: dict[str, Any] = {"streaming query": str(UUID(int=1)), "SQL execution": 99999}
    for what, name in unknown.items():
        with pytest.raises(TaskError, match=said.format(what, name)):
            scheduler.set_priority("low", query=name)
