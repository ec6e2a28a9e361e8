"""The scheduler over Spark Connect: the statements that it sends, and what becomes of answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from pyspark.errors import AnalysisException, IllegalArgumentException, PySparkException

import neptune_spark
from neptune_spark import (
    ExecutorView,
    Latency,
    MemoryView,
    NeptuneError,
    Scheduler,
    SessionError,
    SettingError,
    TaskError,
    Victim,
)
from tests.unit.scheduler_rows import DECISION, EXECUTOR, LEVEL, SHARE, STATISTICS, TASK

ID = "3f1c2b9e-7e0e-4f3b-9d2e-0c6b1f0a7d55"


class FakeRow:
    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def asDict(self, recursive: bool) -> dict[str, Any]:
        assert recursive
        return self._fields


class FakeConnect:
    """A session of Spark Connect, by what is asked of one."""

    __module__ = "pyspark.sql.connect.session"

    def __init__(self, version: str = neptune_spark.__version__) -> None:
        self.answers: dict[str, list[dict[str, Any]]] = {
            "neptune_version": [{"version": version}],
            "neptune_tasks": [{**TASK, "task_id": 9}, TASK],
            "neptune_executors": [EXECUTOR],
            "neptune_shares": [SHARE],
            "neptune_statistics": [STATISTICS],
            "neptune_decisions": [DECISION, DECISION],
            "neptune_policy": [{"policy": "lb"}],
            "neptune_set_priority": [{"jobs": 3}],
            "neptune_set_limit": [{"jobs": 2}],
        }
        self.error: Exception | None = None
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.is_stopped = False
        self.conf = {"spark.app.id": "local-1"}
        self.streams = self
        self.active: list[Any] = []

    def sql(self, statement: str, args: dict[str, Any]) -> FakeConnect:
        self.asked.append((statement, args))
        if self.error is not None:
            raise self.error
        return self

    def collect(self) -> list[FakeRow]:
        function = self.asked[-1][0].partition(" FROM ")[2].partition("(")[0]
        return [FakeRow(row) for row in self.answers.get(function, [])]


@pytest.fixture
def session() -> FakeConnect:
    return FakeConnect()


@pytest.fixture
def scheduler(session: FakeConnect) -> Scheduler:
    made = scheduler_of(session)
    session.asked.clear()
    return made


def scheduler_of(session: FakeConnect) -> Scheduler:
    return neptune_spark.scheduler(session)  # type: ignore[arg-type]  # it acts as one


def test_answers_are_the_views_of_a_classic_session(scheduler: Scheduler) -> None:
    assert [task.task_id for task in scheduler.tasks()] == [5, 9]
    assert dataclasses.asdict(scheduler.tasks()[0]) == TASK
    (executor,) = scheduler.executors()
    assert isinstance(executor, ExecutorView) and isinstance(executor.memory, MemoryView)
    assert [dataclasses.asdict(share) for share in scheduler.shares()] == [SHARE]
    statistics = scheduler.statistics()
    assert dataclasses.asdict(statistics) == {**STATISTICS, "levels": (LEVEL,)}
    assert isinstance(statistics.levels[0].first_task_latency, Latency)
    assert scheduler.decisions(2)[0].victims == (Victim(5, "1", "it is the newest"),)
    assert scheduler.policy == "lb"
    assert repr(scheduler) == "Scheduler(local-1)"
    assert "<h4>Tasks</h4><table>" in scheduler._repr_html_()


@pytest.mark.parametrize(
    ("call", "statement", "arguments"),
    [
        (lambda s: s.tasks(), "* FROM neptune_tasks()", {}),
        (lambda s: s.suspend(5), "* FROM neptune_suspend(task_id => :task_id)", {"task_id": 5}),
        (lambda s: s.resume(5), "* FROM neptune_resume(task_id => :task_id)", {"task_id": 5}),
        (
            lambda s: setattr(s, "policy", "my.Policy"),
            "* FROM neptune_set_policy(policy => :policy)",
            {"policy": "my.Policy"},
        ),
        (
            lambda s: s.set_priority("low", job_group="nightly"),
            "* FROM neptune_set_priority(priority => :priority, job_group => :job_group)",
            {"priority": "low", "job_group": "nightly"},
        ),
        (
            lambda s: s.set_priority(None, query=ID),
            "* FROM neptune_set_priority(priority => :priority, query => :query)",
            {"priority": None, "query": ID},
        ),
        (
            lambda s: s.set_limit(user="anna", max_cores="25%"),
            "* FROM neptune_set_limit(max_cores => :max_cores, max_tasks => :max_tasks, "
            "user_name => :user_name)",
            {"max_cores": "25%", "max_tasks": None, "user_name": "anna"},
        ),
        (
            lambda s: s.set_limit(job_id=7, max_tasks=3),
            "* FROM neptune_set_limit(max_cores => :max_cores, max_tasks => :max_tasks, "
            "job_id => :job_id)",
            {"max_cores": None, "max_tasks": "3", "job_id": "7"},
        ),
        (
            lambda s: s.decisions(7),
            "unix_micros(time) / 1e6D AS time, policy, priority, pending_tasks, stage_ids, victims,"
            " placements, fallback, target FROM neptune_decisions(n => :n)",
            {"n": 7},
        ),
    ],
)
def test_a_call_is_one_statement(
    scheduler: Scheduler,
    session: FakeConnect,
    call: Callable[[Scheduler], object],
    statement: str,
    arguments: dict[str, Any],
) -> None:
    call(scheduler)
    assert session.asked == [(f"SELECT {statement}", arguments)]


def test_how_many_jobs_a_priority_is_about(scheduler: Scheduler) -> None:
    assert scheduler.set_priority("low", job_id=7) == 3
    assert scheduler.set_limit(pool="etl") == 2


def test_a_stream_is_looked_for_in_the_session(scheduler: Scheduler, session: FakeConnect) -> None:
    stream = type("StreamingQuery", (), {"id": ID, "runId": "1", "name": "clicks"})()
    session.active.append(stream)
    scheduler.set_priority("low", query="clicks")
    assert session.asked[-1][1]["query"] == ID
    with pytest.raises(TaskError, match=r"'cliks' \(there are 'clicks'\)"):
        scheduler.set_priority("low", query="cliks")


@pytest.mark.parametrize(
    "told",
    [
        "task 5 has ended.",
        "(java.lang.IllegalArgumentException) task 5 has ended.",
        "task 5 has ended.\n\nJVM stacktrace:\njava.lang.IllegalArgumentException\n\tat a.b(c:1)",
    ],
)
def test_a_refusal_is_the_servers_sentence(
    scheduler: Scheduler, session: FakeConnect, told: str
) -> None:
    session.error = IllegalArgumentException(told)
    with pytest.raises(TaskError) as raised:
        scheduler.suspend(5)
    assert str(raised.value) == "task 5 has ended."
    with pytest.raises(SettingError, match="ended"):
        scheduler.policy = "lb"


def test_another_failure_is_nobodys_fault(scheduler: Scheduler, session: FakeConnect) -> None:
    session.error = PySparkException("no core")
    with pytest.raises(NeptuneError, match="the scheduler failed: no core") as raised:
        scheduler.tasks()
    assert type(raised.value) is NeptuneError


def test_what_is_wrong_is_refused_here(scheduler: Scheduler, session: FakeConnect) -> None:
    with pytest.raises(TaskError, match="a task id is an integer"):
        scheduler.suspend("5")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(SettingError, match=r"spark\.neptune\.policy cannot be 'best'"):
        scheduler.policy = "best"
    with pytest.raises(ValueError, match="0 or a positive integer"):
        scheduler.decisions(-1)
    with pytest.raises(SettingError, match=r"spark\.neptune\.maxTasks cannot be 0"):
        scheduler.set_limit(pool="etl", max_tasks=0)
    with pytest.raises(TypeError, match=r"set_limit\(\) selects jobs in .* one way: pool or user"):
        scheduler.set_limit(pool="etl", user="anna", max_tasks=1)
    with pytest.raises(TypeError, match=r"one way: one of pool, user, rule, job_id"):
        scheduler.set_limit(max_tasks=1)
    with pytest.raises(TypeError, match=r"set_limit\(\) got job_id='7', which is not of type int"):
        scheduler.set_limit(job_id="7")  # type: ignore[arg-type]  # the point of the test
    assert session.asked == []


@pytest.mark.parametrize(
    "error",
    [
        AnalysisException("[UNRESOLVABLE_TABLE_VALUED_FUNCTION] Could not resolve ..."),
        IllegalArgumentException("This application runs without Neptune (its scheduler is ...)."),
    ],
)
def test_a_server_without_neptune(session: FakeConnect, error: Exception) -> None:
    session.error = error
    with pytest.raises(SessionError, match="runs without Neptune"):
        scheduler_of(session)


def test_a_connect_server_of_another_version() -> None:
    with pytest.raises(SessionError, match=r"Spark Connect server runs neptune-spark 99\.1, but "):
        scheduler_of(FakeConnect("99.1"))


def test_a_stopped_session(scheduler: Scheduler, session: FakeConnect) -> None:
    session.is_stopped = True
    for call in (lambda: scheduler.tasks(), lambda: scheduler_of(session)):
        with pytest.raises(SessionError, match="has been stopped"):
            call()
    assert repr(scheduler) == "Scheduler(ended)"


def test_a_channel_that_is_closed_meanwhile(scheduler: Scheduler, session: FakeConnect) -> None:
    class Closing(FakeConnect):
        def sql(self, statement: str, args: dict[str, Any]) -> FakeConnect:
            self.is_stopped = True
            raise ValueError("Cannot invoke RPC on closed channel!")

    closing = Closing()
    scheduler._access.session = closing  # type: ignore[assignment]  # it acts as one
    with pytest.raises(SessionError, match="has been stopped"):
        scheduler.tasks()


def test_an_odd_session_is_refused() -> None:
    with pytest.raises(SessionError, match="takes a SparkSession or a SparkContext, not str"):
        neptune_spark.scheduler("sc://server")  # type: ignore[arg-type]  # the point of the test
