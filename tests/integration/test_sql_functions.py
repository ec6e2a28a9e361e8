"""Neptune's functions of SQL in a classic session: what they tell, what they do, and when not."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pyspark.sql import SparkSession

from neptune_spark import (
    DecisionView,
    ExecutorView,
    LevelView,
    Scheduler,
    ShareView,
    Statistics,
    TaskView,
)
from neptune_spark._sql_scheduler import SqlScheduler
from tests.integration.jobs import PATIENCE_S, PythonJob, eventually, in_background

PAGE = Path(__file__).parents[2] / "docs" / "sql.md"
VIEWS = {
    "neptune_tasks": TaskView,
    "neptune_executors": ExecutorView,
    "neptune_levels": LevelView,
    "neptune_shares": ShareView,
    "neptune_statistics": Statistics,
    "neptune_decisions": DecisionView,
}
CALLS = [
    *(f"{name}()" for name in (*VIEWS, "neptune_policy", "neptune_version")),
    "neptune_suspend(0)",
    "neptune_resume(0)",
    "neptune_set_policy('lb')",
    "neptune_set_priority('low', tag => 'report')",
    "neptune_set_limit(max_tasks => 3, user_name => 'nobody')",
]


@pytest.fixture
def by_sql(spark: SparkSession) -> Scheduler:
    scheduler = Scheduler(spark)
    scheduler._access = SqlScheduler(spark)
    return scheduler


@pytest.fixture(scope="module")
def held(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaskView]:
    """A task of the application's own."""
    job = PythonJob(spark.sparkContext, tmp_path_factory.mktemp("held"), None, partitions=1)
    job.wait_until_running(1)
    (task,) = Scheduler(spark).tasks()
    yield task
    Scheduler(spark).resume(task.task_id)
    job.finish()


def rows(spark: SparkSession, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in spark.sql(statement).collect()]


def jobs_begun(spark: SparkSession) -> int:
    sc: Any = spark.sparkContext._jsc.sc()
    return int(sc.dagScheduler().numTotalJobs())


@pytest.mark.smoke
def test_no_core_is_needed_to_see_how_things_stand(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    job = PythonJob(spark.sparkContext, tmp_path, 2**31 - 1)
    job.wait_until_running()
    begun = jobs_begun(spark)
    ids = [task.task_id for task in scheduler.tasks()]
    statements = {
        "SELECT task_id FROM neptune_tasks() WHERE state = 'running'": [(i,) for i in ids],
        "SELECT upper(state) AS state FROM neptune_tasks() LIMIT 1": [("RUNNING",)],
        "SELECT tasks_running + tasks_suspended FROM neptune_executors()": [(2,)],
        "SELECT tasks_running FROM neptune_levels() WHERE priority > 10": [(2,)],
        "SELECT tasks_running, suspend_latency.p99_s >= 0 FROM neptune_statistics()": [(2, True)],
        "SELECT policy FROM neptune_policy()": [("lma",)],
    }
    found = {
        statement: in_background(partial(rows, spark, statement)).result(PATIENCE_S)
        for statement in statements
    }
    assert found == statements
    assert jobs_begun(spark) == begun
    job.finish()


def test_what_needs_a_task_comes_before_what_has_the_cores(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    job = PythonJob(spark.sparkContext, tmp_path, None)
    job.wait_until_running()
    statement = "SELECT count(*) FROM (SELECT * FROM neptune_tasks() ORDER BY task_id DESC)"
    found = in_background(lambda: rows(spark, statement)).result(PATIENCE_S)
    job.finish()
    assert found == [(2,)]
    assert scheduler.decisions(1)[0].priority == 10


def test_the_answers_are_those_of_the_scheduler(
    spark: SparkSession, scheduler: Scheduler, by_sql: Scheduler, tmp_path: Path
) -> None:
    job = PythonJob(spark.sparkContext, tmp_path, None)
    job.wait_until_running()
    assert len(by_sql.tasks()) == 2
    assert by_sql.tasks() == scheduler.tasks()
    assert by_sql.statistics() == scheduler.statistics()
    assert by_sql.decisions(50) == scheduler.decisions(50)
    assert by_sql.policy == scheduler.policy
    assert repr(by_sql) == repr(scheduler)
    # They are measured anew from time to time.
    eventually(lambda: scheduler.executors()[0].python_workers, "no worker was measured")
    eventually(lambda: by_sql.executors() == scheduler.executors(), "executors differ")
    job.finish()


def test_functions_are_described_where_people_look(spark: SparkSession) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert {f"{row.function}" for row in spark.sql("SHOW FUNCTIONS LIKE 'neptune*'").collect()} == {
        call.partition("(")[0] for call in CALLS
    }
    for call in CALLS:
        name = call.partition("(")[0]
        told = spark.sql(f"DESCRIBE QUERY SELECT * FROM {call}").collect()
        assert all(row.comment for row in told)
        if name in VIEWS:
            fields = [field.name for field in dataclasses.fields(VIEWS[name])]
            assert [row.col_name for row in told] == fields
        section = page.partition(f"### `{name}(")[2].partition("\n#")[0]
        columns = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| (.+) \|$", section, re.M)
        assert columns == [(row.col_name, row.data_type, row.comment) for row in told], name
        (usage,) = (
            row.function_desc.partition(" - ")[2]
            for row in spark.sql(f"DESCRIBE FUNCTION {name}").collect()
            if row.function_desc.startswith("Usage: ")
        )
        assert usage in section, name


def test_tasks_are_suspended_and_resumed(
    spark: SparkSession, scheduler: Scheduler, by_sql: Scheduler, tmp_path: Path
) -> None:
    job = PythonJob(spark.sparkContext, tmp_path, None)
    job.wait_until_running()
    first, second = (task.task_id for task in scheduler.tasks())
    ((task_id, state, manual),) = rows(spark, f"SELECT * FROM neptune_suspend({first})")
    assert (task_id, manual) == (first, True)
    assert state in ("suspending", "suspended")
    by_sql.suspend(second)
    assert [task.manual for task in scheduler.tasks()] == [True, True]
    assert rows(spark, f"SELECT * FROM neptune_resume(task_id => {first}) AS t")[0][2] is False
    by_sql.resume(second)
    assert [task.manual for task in scheduler.tasks()] == [False, False]
    job.finish()


def test_an_action_is_carried_out_once(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    job = PythonJob(spark.sparkContext, tmp_path, None)
    job.wait_until_running()
    task_id = scheduler.tasks()[0].task_id
    statement = f"SELECT * FROM neptune_suspend({task_id})"
    for look in ("EXPLAIN", "EXPLAIN EXTENDED", "EXPLAIN FORMATTED", "DESCRIBE QUERY"):
        spark.sql(f"{look} {statement}").collect()
    for refused in (
        f"CREATE TEMPORARY VIEW acts AS {statement}",
        f"CACHE TABLE acts AS {statement}",
        f"CREATE TABLE acts USING parquet AS {statement}",
        f"SELECT (SELECT max(task_id) FROM neptune_suspend({task_id}))",
        f"SELECT count(*) FROM neptune_suspend({task_id})",
        f"SELECT * FROM range(2), neptune_suspend({task_id})",
        f"WITH acts AS ({statement}) SELECT * FROM acts UNION ALL SELECT * FROM acts",
    ):
        with pytest.raises(Exception, match=r"neptune_suspend\(\) does something, so it has to be"):
            spark.sql(refused)
    assert not any(task.manual for task in scheduler.tasks())
    frame = spark.sql(statement)
    assert [task.task_id for task in scheduler.tasks() if task.manual] == [task_id]
    scheduler.resume(task_id)
    frame.explain()
    assert frame.schema == frame.limit(1).schema
    frame.createOrReplaceTempView("acted")
    assert frame.collect() == spark.sql("SELECT * FROM acted").collect()
    assert not any(task.manual for task in scheduler.tasks())
    job.finish()


def test_policies_and_priorities_are_set(
    spark: SparkSession, scheduler: Scheduler, by_sql: Scheduler, tmp_path: Path
) -> None:
    assert rows(spark, "SELECT * FROM neptune_set_policy('lb')") == [("lb", "lma")]
    assert scheduler.policy == "lb"
    by_sql.policy = "lma"
    assert scheduler.policy == "lma"
    job = PythonJob(spark.sparkContext, tmp_path, None, group="by_sql")
    job.wait_until_running()
    set_priority = "SELECT * FROM neptune_set_priority(priority => {}, job_group => 'by_sql')"
    assert rows(spark, set_priority.format("'low'")) == [("job_group", "by_sql", -10, 1)]
    assert {task.priority for task in scheduler.tasks()} == {-10}
    assert rows(spark, set_priority.format(-3)) == [("job_group", "by_sql", -3, 1)]
    assert {task.priority for task in scheduler.tasks()} == {-3}
    assert rows(spark, set_priority.format("NULL")) == [("job_group", "by_sql", None, 1)]
    job_id = scheduler.tasks()[0].job_id
    assert job_id is not None
    assert by_sql.set_priority(7, job_id=job_id) == 1
    assert {task.priority for task in scheduler.tasks()} == {7}
    assert by_sql.set_priority(None, job_id=job_id) == 1
    job.finish()


def test_a_stream_is_named_by_its_name(
    spark: SparkSession, scheduler: Scheduler, tmp_path: Path
) -> None:
    query = (
        spark.readStream.format("rate")
        .load()
        .writeStream.format("noop")
        .queryName("clicks_by_sql")
        .option("checkpointLocation", str(tmp_path))
        .start()
    )
    function = "neptune_set_priority({}, query => 'clicks_by_sql')"
    ((named_by, name, priority, _),) = rows(spark, f"SELECT * FROM {function.format(5)}")
    assert (named_by, name, priority) == ("query", str(query.id), 5)
    rows(spark, f"SELECT * FROM {function.format('NULL')}")
    query.stop()


def test_each_query_sees_the_moment(spark: SparkSession, scheduler: Scheduler) -> None:
    statement = "SELECT policy FROM neptune_policy()"
    spark.sql(f"CREATE OR REPLACE TEMPORARY VIEW policy_now AS {statement}")
    cached = spark.sql(statement).cache()
    assert cached.collect() == [("lma",)]
    scheduler.policy = "lb"
    assert rows(spark, "SELECT * FROM policy_now") == [("lb",)]
    assert rows(spark, statement) == [("lb",)]
    scheduler.policy = "lma"
    cached.unpersist()
    twice = "SELECT count(*) FROM neptune_tasks() a FULL JOIN neptune_tasks() b USING (task_id)"
    assert rows(spark, twice) == [(0,)]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("neptune_tasks(1)", r"neptune_tasks\(\) takes no arguments; it got 1\."),
        ("neptune_decisions(-1)", "takes 0 or a positive integer as n, not -1"),
        ("neptune_decisions(count => 1)", "takes n; there is no count"),
        ("neptune_decisions(NULL)", "needs n, which must not be NULL"),
        ("neptune_suspend()", r"needs task_id\."),
        ("neptune_suspend(NULL)", "needs task_id, which must not be NULL"),
        ("neptune_suspend('x')", "takes an integer as task_id, not 'x'"),
        ("neptune_suspend(99999)", "Task 99999 is not live"),
        ("neptune_resume(1, task_id => 1)", "got task_id more than once"),
        ("neptune_set_policy('best')", r"spark\.neptune\.policy is 'best', but it must be one of"),
        ("neptune_set_policy('python:a:B')", "python:a:B is written in Python"),
        ("neptune_set_priority(tag => 'a')", "needs the priority; NULL withdraws it"),
        (
            "neptune_set_priority(1)",
            "needs to know which jobs: pass job_id, job_group, tag or query",
        ),
        ("neptune_set_priority(1, tag => 'a', query => 'b')", "one way: tag or query"),
        ("neptune_set_priority('urgent', tag => 'a')", "'urgent', but it must be low, normal"),
        ("neptune_set_priority(1, job_id => 99999)", "There is no job 99999"),
        ("neptune_set_priority(1, query => 'nope')", "no active streaming query .* 'nope'"),
        (f"neptune_set_priority(1, query => '{UUID(int=2)}')", f"no streaming query {UUID(int=2)}"),
        ("neptune_set_priority(1, query => 99999)", "There is no SQL execution 99999"),
        ("neptune_set_limit(1)", "needs to know which jobs: pass job_id, pool, user_name or rule"),
        ("neptune_set_limit(pool => 'a', rule => 'b')", "one way: pool or rule"),
        ("neptune_set_limit('many', pool => 'a')", "maxCores is 'many', but it must be a number"),
        ("neptune_set_limit(1, 0, pool => 'a')", "maxTasks is '0', but it must be a positive int"),
        ("neptune_set_limit(1, rule => 'nope')", "no rule nope: no setting begins with spark"),
        ("neptune_set_limit(1, job_id => 99999)", "There is no job 99999, nor has there been one"),
        (
            "neptune_set_limit('25%', 2, 'etl')",
            "takes the id of a job, a whole number, as job_id, not 'etl'.*: pool => 'etl'",
        ),
        ("neptune_set_priority('low', 'etl')", "whole number, as job_id.*job_group => 'etl'"),
        ("neptune_set_limit(1, pool => '')", "'' is not the name of a pool: pass the name"),
        ("neptune_set_limit('', pool => 'a')", "maxCores is '', but it must be a number of cores"),
        ("neptune_set_priority(1, tag => ' ')", "' ' is not the name of a tag: pass the name"),
    ],
)
def test_wrong_calls_are_refused_in_a_sentence(spark: SparkSession, call: str, said: str) -> None:
    with pytest.raises(Exception, match=said):
        spark.sql(f"SELECT * FROM {call}").collect()


def test_a_session_cannot_say_whose_its_jobs_are(spark: SparkSession) -> None:
    with pytest.raises(Exception, match=r"spark\.job\.tags"):
        spark.conf.set("spark.job.tags", "SparkConnect_OperationTag_User_anna_Session_x")


@contextmanager
def as_bob(spark: SparkSession, control: str) -> Iterator[None]:
    """What a server does for a user; the setting is asked for anew by each call."""
    conf: Any = spark.sparkContext._jsc.sc().conf()
    tag = "SparkConnect_OperationTag_User_bob_Session_s_Operation_o"
    conf.set("spark.neptune.sql.control", control)
    spark.sparkContext.addJobTag(tag)
    yield
    spark.sparkContext.removeJobTag(tag)
    conf.remove("spark.neptune.sql.control")


@pytest.mark.parametrize(
    ("control", "act", "said"),
    [
        ("owner", "suspend({task})", "bob may not suspend task {task}, which is the application's"),
        ("owner", "resume({task})", "bob may not resume task {task}, which is the application's"),
        ("owner", "set_policy('lma')", "bob may not set the policy, .* would have to be all"),
        ("owner", "set_priority(1, job_id => {job})", "these jobs, which are the application's"),
        ("owner", "set_priority(1, tag => 'nobodys')", ""),
        ("none", "suspend({task})", "bob may not suspend tasks: .* is none, .* be owner or all"),
        ("none", "resume({task})", "bob may not resume tasks"),
        ("none", "set_policy('lma')", "bob may not set the policy"),
        ("owner", "set_limit(1, job_id => {job})", "bob may not limit job {job}, which is the app"),
        ("owner", "set_limit(1, pool => 'etl')", "bob may not limit the pool etl, .* to be all"),
        ("none", "set_limit(1, pool => 'etl')", "bob may not change limits"),
        ("none", "set_priority(1, tag => 'nobodys')", "bob may not change priorities"),
        ("all", "suspend({task})", ""),
        ("all", "resume({task})", ""),
        ("all", "set_policy('lma')", ""),
        ("all", "set_priority(1, job_id => {job})", ""),
        ("all", "set_limit(9, job_id => {job})", ""),
    ],
)
def test_what_a_user_may_do_is_a_setting(
    spark: SparkSession, held: TaskView, control: str, act: str, said: str
) -> None:
    statement = f"SELECT * FROM neptune_{act.format(task=held.task_id, job=held.job_id)}"
    with as_bob(spark, control):
        assert held.task_id in {row[0] for row in rows(spark, "SELECT * FROM neptune_tasks()")}
        if said:
            with pytest.raises(Exception, match=said.format(task=held.task_id, job=held.job_id)):
                spark.sql(statement)
        else:
            assert len(rows(spark, statement)) == 1
