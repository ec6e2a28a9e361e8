from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from py4j.protocol import Py4JError, Py4JNetworkError
from pyspark import SparkContext
from pyspark.errors import PySparkException

import neptune_spark
from neptune_spark import (
    ExecutorView,
    Latency,
    MemoryView,
    NeptuneError,
    Placement,
    Scheduler,
    SessionError,
    SettingError,
    ShareView,
    TaskError,
    TaskView,
    Victim,
    WorkerView,
)
from neptune_spark._jvm_scheduler import SCHEDULER_CLASS
from tests.unit.scheduler_rows import DECISION, EXECUTOR, LEVEL, SHARE, STATISTICS, TASK


class FakeNeptune:
    """What `neptune()` gives over py4j."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.rows: list[dict[str, Any]] = [{**TASK, "task_id": 9}, TASK]
        self.executor_rows: list[dict[str, Any]] = [EXECUTOR]
        self.error: Exception | None = None
        self.in_force = "lb"

    def tasks(self) -> str:
        return json.dumps(self.rows)

    def executors(self) -> str:
        return json.dumps(self.executor_rows)

    def shares(self) -> str:
        return json.dumps([SHARE])

    def statistics(self) -> str:
        return json.dumps(STATISTICS)

    def suspend(self, task_id: int) -> None:
        self._ask("suspend", task_id)

    def resume(self, task_id: int) -> None:
        self._ask("resume", task_id)

    def policy(self) -> str:
        return self.in_force

    def setPolicy(self, name: str) -> None:
        if self.error is not None:
            raise self.error
        self.in_force = name

    def decisions(self, n: int) -> str:
        return json.dumps([DECISION] * n)

    def _ask(self, act: str, task_id: int) -> None:
        if self.error is not None:
            raise self.error
        self.asked.append((act, task_id))


class FakeTaskScheduler:
    def __init__(self, neptune: FakeNeptune, name: str) -> None:
        self._neptune, self._name = neptune, name

    def getClass(self) -> FakeTaskScheduler:
        return self

    def getName(self) -> str:
        return self._name

    def getSuperclass(self) -> None:
        return None

    def neptune(self) -> FakeNeptune:
        return self._neptune


class FakeJavaContext:
    def __init__(self, task_scheduler: FakeTaskScheduler | None) -> None:
        self._task_scheduler = task_scheduler

    def sc(self) -> FakeJavaContext:
        return self

    def taskScheduler(self) -> FakeTaskScheduler | None:
        return self._task_scheduler

    def applicationId(self) -> str:
        return "local-1"


def _context(
    java: FakeJavaContext | None, version: str = neptune_spark.__version__
) -> SparkContext:
    context = SparkContext.__new__(SparkContext)
    context.__dict__["_jsc"] = java
    says = SimpleNamespace(version=lambda: version)
    properties = {"org.apache.spark.neptune.build.BuildProperties": says}
    context.__dict__["_jvm"] = SimpleNamespace(**properties)
    return context


@pytest.fixture
def neptune() -> FakeNeptune:
    return FakeNeptune()


@pytest.fixture
def context(neptune: FakeNeptune) -> SparkContext:
    return _context(FakeJavaContext(FakeTaskScheduler(neptune, SCHEDULER_CLASS)))


@pytest.fixture
def scheduler(context: SparkContext) -> Scheduler:
    return neptune_spark.scheduler(context)


def test_tasks_are_records_in_order(scheduler: Scheduler) -> None:
    first, second = scheduler.tasks()
    assert dataclasses.asdict(first) == TASK
    assert (first.task_id, second.task_id) == (5, 9)
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.state = "running"  # type: ignore[misc]  # the point of the test


def test_a_notebook_shows_tables_of_now(scheduler: Scheduler, context: SparkContext) -> None:
    shown = scheduler._repr_html_()
    titles = ("Tasks", "Executors", "Shares", "Last decisions", "Since the session started")
    places = [shown.index(f"<h4>{title}</h4><table>") for title in titles]
    assert places == sorted(places)
    assert "policy lb" in shown and "low (-10)" in shown and "suspensions" in shown
    context.__dict__["_jsc"] = None
    assert scheduler._repr_html_() == "<h3>Scheduler(ended)</h3>"


def test_executors_are_records_with_their_workers(scheduler: Scheduler) -> None:
    (executor,) = scheduler.executors()
    assert dataclasses.asdict(executor) == {
        **EXECUTOR,
        "python_workers": tuple(EXECUTOR["python_workers"]),  # type: ignore[arg-type]
    }
    assert isinstance(executor, ExecutorView)
    assert [type(worker) for worker in executor.python_workers] == [WorkerView, WorkerView]
    assert isinstance(executor.memory, MemoryView)
    assert hash(executor) == hash(scheduler.executors()[0])


def test_an_executor_that_told_nothing_has_no_memory(
    scheduler: Scheduler, neptune: FakeNeptune
) -> None:
    neptune.executor_rows = [{**EXECUTOR, "memory": None, "python_workers": []}]
    (executor,) = scheduler.executors()
    assert executor.memory is None and executor.python_workers == ()


def test_a_jar_in_other_words_is_named(scheduler: Scheduler, neptune: FakeNeptune) -> None:
    neptune.executor_rows = [{k: v for k, v in EXECUTOR.items() if k != "cores"}]
    with pytest.raises(NeptuneError, match="describes ExecutorView differently"):
        scheduler.executors()


def test_shares_are_records(scheduler: Scheduler) -> None:
    (share,) = scheduler.shares()
    assert isinstance(share, ShareView) and dataclasses.asdict(share) == SHARE


def test_statistics_are_one_record(scheduler: Scheduler) -> None:
    statistics = scheduler.statistics()
    assert dataclasses.asdict(statistics) == {**STATISTICS, "levels": (LEVEL,)}
    assert statistics.suspend_latency == Latency(count=2, p50_s=0.1, p99_s=0.4, max_s=0.5)


def test_suspend_resume_and_policy_reach_the_jvm(
    scheduler: Scheduler, neptune: FakeNeptune
) -> None:
    scheduler.suspend(5)
    scheduler.resume(5)
    assert neptune.asked == [("suspend", 5), ("resume", 5)]
    assert scheduler.policy == "lb"


@pytest.mark.parametrize("task_id", [True, 1.0, "5", None])
def test_a_task_id_is_an_integer(scheduler: Scheduler, task_id: object) -> None:
    with pytest.raises(TaskError, match="a task id is an integer"):
        scheduler.suspend(task_id)  # type: ignore[arg-type]  # the point of the test


def test_decisions_are_records(scheduler: Scheduler) -> None:
    first, second = scheduler.decisions(2)
    assert first == second
    assert first.victims == (Victim(5, "1", "it is the newest"),)
    assert first.placements == (Placement(1, "1", 1),)
    assert (first.stage_ids, first.fallback) == ((3, 4), None)
    assert len(scheduler.decisions()) == 20


def test_another_policy(scheduler: Scheduler, neptune: FakeNeptune) -> None:
    scheduler.policy = "my.Policy"
    assert neptune.in_force == scheduler.policy == "my.Policy"
    for wrong in ("best", "python:no.such:Policy", None):
        with pytest.raises(SettingError, match=r"spark\.neptune\.policy cannot be"):
            scheduler.policy = wrong  # type: ignore[assignment]  # the point of the test
    assert neptune.in_force == "my.Policy"


def test_a_policy_that_the_jvm_refuses_is_a_wrong_setting(
    scheduler: Scheduler, neptune: FakeNeptune
) -> None:
    neptune.error = Py4JError("An error occurred while calling o1.setPolicy.")
    refusal = FakeJavaException("java.lang.IllegalArgumentException", "there is no such class.")
    setattr(neptune.error, "java_exception", refusal)  # noqa: B010 - as Py4JJavaError has it
    with pytest.raises(SettingError, match="there is no such class"):
        scheduler.policy = "my.Policy"


class FakeJavaException:
    def __init__(self, kind: str, sentence: str) -> None:
        self._kind, self._sentence = kind, sentence

    def getClass(self) -> FakeJavaException:
        return self

    def getName(self) -> str:
        return self._kind

    def getMessage(self) -> str:
        return self._sentence

    def toString(self) -> str:
        return f"{self._kind}: {self._sentence}"


@pytest.mark.parametrize(
    ("attribute", "kind"), [("java_exception", Py4JError), ("_origin", PySparkException)]
)
def test_the_schedulers_refusal_is_passed_on(
    scheduler: Scheduler, neptune: FakeNeptune, attribute: str, kind: type[Exception]
) -> None:
    neptune.error = kind("An error occurred while calling o1.suspend.")
    refusal = FakeJavaException("java.lang.IllegalArgumentException", "task 5 has ended.")
    setattr(neptune.error, attribute, refusal)
    with pytest.raises(TaskError) as raised:
        scheduler.suspend(5)
    assert str(raised.value) == "task 5 has ended."


def test_a_failure_of_the_scheduler_is_not_the_tasks_fault(
    scheduler: Scheduler, neptune: FakeNeptune
) -> None:
    neptune.error = Py4JError("An error occurred while calling o1.suspend.")
    failure = FakeJavaException("java.lang.IllegalStateException", "no core")
    setattr(neptune.error, "java_exception", failure)  # noqa: B010 - as Py4JJavaError has it
    with pytest.raises(NeptuneError, match=r"failed: java\.lang\.IllegalStateException: no core"):
        scheduler.suspend(5)


def test_a_call_that_py4j_refuses(scheduler: Scheduler, neptune: FakeNeptune) -> None:
    neptune.error = Py4JError("Method suspend([]) does not exist")
    with pytest.raises(NeptuneError, match=r"Method suspend\(\[\]\) does not exist"):
        scheduler.suspend(5)


def test_a_jvm_that_is_gone_is_a_stopped_session(
    scheduler: Scheduler, neptune: FakeNeptune
) -> None:
    neptune.error = Py4JNetworkError("Answer from Java side is empty")
    with pytest.raises(SessionError, match="has been stopped"):
        scheduler.suspend(5)


CALLS: list[Callable[[Scheduler], object]] = [
    lambda s: s.tasks(),
    lambda s: s.statistics(),
    lambda s: s.policy,
    lambda s: s.decisions(),
    lambda s: setattr(s, "policy", "lb"),
    lambda s: s.suspend(5),
    lambda s: s.resume(5),
]


@pytest.mark.parametrize("call", CALLS)
def test_after_stop_every_call_says_so(
    scheduler: Scheduler, context: SparkContext, call: Callable[[Scheduler], object]
) -> None:
    context.__dict__["_jsc"] = None
    with pytest.raises(SessionError, match="has been stopped"):
        call(scheduler)
    assert repr(scheduler) == "Scheduler(ended)"


def test_a_jar_that_speaks_otherwise_is_named(scheduler: Scheduler, neptune: FakeNeptune) -> None:
    neptune.rows = [{"task_id": 1, "shoe_size": 43}]
    with pytest.raises(NeptuneError, match=r"TaskView .* `neptune-spark jar`"):
        scheduler.tasks()


def test_a_jar_of_another_version_is_refused(neptune: FakeNeptune) -> None:
    scheduler = FakeTaskScheduler(neptune, SCHEDULER_CLASS)
    with pytest.raises(
        SessionError, match=r"belongs to neptune-spark 99\.1, but .* is 0\..*: install"
    ):
        neptune_spark.scheduler(_context(FakeJavaContext(scheduler), version="99.1"))


@pytest.mark.parametrize("java", [None, FakeJavaContext(None)])
def test_a_stopped_session(java: FakeJavaContext | None) -> None:
    with pytest.raises(SessionError, match="has been stopped"):
        neptune_spark.scheduler(_context(java))


@pytest.mark.parametrize(
    ("n", "kind"), [("a", TypeError), (1.0, TypeError), (True, TypeError), (-1, ValueError)]
)
def test_a_number_of_decisions_is_checked(
    n: Any, kind: type[Exception], scheduler: Scheduler
) -> None:
    with pytest.raises(kind, match=rf"decisions\(\) takes how many .*, not {n!r}\."):
        scheduler.decisions(n)


def test_anything_else() -> None:
    with pytest.raises(SessionError, match="takes a SparkSession or a SparkContext, not int"):
        neptune_spark.scheduler(cast(SparkContext, 3))


def test_the_record_has_the_fields_of_the_docstring() -> None:
    documented = TaskView.__doc__ or ""
    for field in dataclasses.fields(TaskView):
        assert f"{field.name} : " in documented
