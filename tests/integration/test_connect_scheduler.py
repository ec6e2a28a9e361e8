"""`neptune_spark.scheduler(spark)` over Spark Connect, and what users may do to others' jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from neptune_spark import ExecutorView, Statistics, TaskView
from tests.integration import connect_calls as calls
from tests.integration import connect_scheduler_calls as scheduler_calls
from tests.integration.connect import Client, ConnectServer, client, connect_server
from tests.integration.jobs import PATIENCE_S, eventually

pytestmark = pytest.mark.since_spark("4.0", "a Spark Connect server among PySpark's jars")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectServer]:
    settings = {"spark.neptune.user.anna.maxPriority": "5"}
    with connect_server(tmp_path_factory.mktemp("connect"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def anna(server: ConnectServer) -> Iterator[Client]:
    """She has the jobs."""
    with client(server, "anna") as made:
        yield made


@pytest.fixture(scope="module")
def her_second(server: ConnectServer) -> Iterator[Client]:
    with client(server, "anna") as made:
        yield made


@pytest.fixture(scope="module")
def bob(server: ConnectServer) -> Iterator[Client]:
    with client(server, "bob") as made:
        yield made


@pytest.fixture
def tasks(anna: Client, bob: Client, tmp_path: Path) -> Iterator[list[TaskView]]:
    """Two tasks of Anna's, which have all cores, as Bob sees them."""
    gate = tmp_path / "gate"
    result = anna.start(calls.run_held, str(gate), (), ("report",), 2)
    eventually(lambda: len(bob.call(scheduler_calls.ask, "tasks")) == 2, "they got no cores")
    yield bob.call(scheduler_calls.ask, "tasks")
    gate.touch()
    assert result.result(PATIENCE_S) == 2
    eventually(lambda: not bob.call(scheduler_calls.ask, "tasks"), "a task was left behind")


def manual(by: Client) -> list[bool]:
    return [task.manual for task in by.call(scheduler_calls.ask, "tasks")]


def test_all_see_how_things_stand_although_all_cores_are_busy(
    bob: Client, tasks: list[TaskView]
) -> None:
    assert [type(task) for task in tasks] == [TaskView, TaskView]
    (executor,) = bob.call(scheduler_calls.ask, "executors")
    assert isinstance(executor, ExecutorView)
    assert (executor.cores, executor.tasks_running) == (2.0, 2)
    statistics = bob.call(scheduler_calls.ask, "statistics")
    assert isinstance(statistics, Statistics)
    assert statistics.tasks_running == 2
    assert [level.priority for level in statistics.levels] == [10, 0, -10]
    assert bob.call(scheduler_calls.policy) == "lma"
    (counted,) = bob.call(calls.sql, "SELECT count(*) FROM neptune_tasks()")
    assert counted == (2,)
    decision = bob.call(scheduler_calls.ask, "decisions", 1)[0]
    assert (decision.priority, decision.policy) == (10, "lma")
    assert {victim.task_id for victim in decision.victims} <= {task.task_id for task in tasks}


def test_users_suspend_their_own_tasks_only(
    her_second: Client, bob: Client, tasks: list[TaskView]
) -> None:
    task_id = tasks[0].task_id
    sentence = (
        f"TaskError: bob may not {{}} task {task_id}, which is anna's: spark.neptune.sql.control is"
        " owner, and would have to be all."
    )
    assert bob.call(scheduler_calls.ask, "suspend", task_id) == sentence.format("suspend")
    assert bob.call(scheduler_calls.ask, "resume", task_id) == sentence.format("resume")
    statement = f"SELECT * FROM neptune_suspend({task_id})"
    bob.call(scheduler_calls.look_at, statement)
    her_second.call(scheduler_calls.look_at, statement)
    assert manual(bob) == [False, False]
    assert her_second.call(scheduler_calls.ask, "suspend", task_id) is None
    assert manual(bob) == [True, False]
    assert her_second.call(scheduler_calls.ask, "resume", task_id) is None
    assert manual(bob) == [False, False]
    said = bob.call(scheduler_calls.ask, "suspend", 99999)
    assert said.startswith("TaskError: Task 99999 is not live")


def test_a_priority_is_for_own_jobs_and_within_own_limits(
    server: ConnectServer, her_second: Client, bob: Client, tasks: list[TaskView]
) -> None:
    job_id = tasks[0].job_id
    assert job_id is not None
    for named in ({"job_id": job_id}, {"tag": "report"}):
        refused = bob.call(_set_priority, "low", named)
        assert refused.startswith("TaskError: bob may not change the priority of these jobs, which")
        assert "anna's: spark.neptune.sql.control would have to be all." in refused
    # Of his own jobs there are none, and there may be some.
    assert bob.call(_set_priority, "low", {"job_group": "nightly"}) == 0
    assert server.levels() == {0: (2, 0)}
    assert her_second.call(_set_priority, "low", {"tag": "report"}) == 1
    eventually(lambda: server.levels() == {-10: (2, 0)}, "it did not change")
    statement = "SELECT * FROM neptune_set_priority('high', tag => 'report')"
    (told,) = her_second.call(calls.sql, statement)
    assert told == ("tag", "report", 5, 1)
    eventually(lambda: server.levels() == {5: (2, 0)}, "it is above the limit")
    assert her_second.call(_set_priority, None, {"tag": "report"}) == 1


def _set_priority(level: str | None, named: dict[str, object]) -> object:
    return scheduler_calls.ask("set_priority", level, **named)


def test_a_limit_is_for_own_jobs(
    server: ConnectServer, her_second: Client, bob: Client, tasks: list[TaskView]
) -> None:
    job = {"job_id": tasks[0].job_id}
    (priority,) = {task.priority for task in tasks}
    refused = bob.call(_set_limit, 1, job)
    said = f"TaskError: bob may not limit job {tasks[0].job_id}, which is anna's: "
    assert refused.startswith(said)
    for named in ({"pool": "etl"}, {"user": "bob"}):
        refused = her_second.call(_set_limit, 9, named)
        assert refused.startswith("TaskError: anna may not limit the ")
    assert her_second.call(_set_limit, 1, job) == 1
    eventually(lambda: server.levels() == {priority: (1, 1)}, "nobody was suspended")
    assert her_second.call(_set_limit, None, job) == 1
    eventually(lambda: server.levels() == {priority: (2, 0)}, "nobody came back")


def _set_limit(tasks: int | None, named: dict[str, object]) -> object:
    return scheduler_calls.ask("set_limit", max_tasks=tasks, **named)


def test_the_policy_is_everybodys(bob: Client) -> None:
    said = bob.call(scheduler_calls.policy, "lb")
    assert said.startswith("SettingError: bob may not set the policy, which all users share")
    assert bob.call(scheduler_calls.policy) == "lma"


def test_nobody_acts_as_another(bob: Client) -> None:
    spoofed = "SparkConnect_OperationTag_User_anna_Session_s_Operation_o"
    said = bob.call(calls.tried, calls.set_conf, "spark.job.tags", spoofed)
    assert "Cannot modify the value" in said and "spark.job.tags" in said


def test_a_stopped_session_says_so(server: ConnectServer) -> None:
    with client(server, "carl") as made:
        assert made.call(scheduler_calls.stopped) == (
            "SessionError: the Spark session has been stopped: start a new one."
        )
