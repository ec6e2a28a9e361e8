"""The running scheduler as Python sees it: its tasks, its figures, and suspending by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from neptune_spark.errors import NeptuneError, SessionError, SettingError, TaskError
from neptune_spark.policies.callback import register
from neptune_spark.policies.decisions import DecisionView, decision_fields
from neptune_spark.policies.loading import is_python, make_policy
from neptune_spark.settings import BY_NAME

if TYPE_CHECKING:
    from py4j.java_gateway import JavaObject
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

T = TypeVar("T")

_SCHEDULER_CLASS = "org.apache.spark.neptune.driver.NeptuneTaskScheduler"

TaskState = Literal["running", "suspending", "suspended", "resuming"]


@dataclass(frozen=True)
class TaskView:
    """One task that holds, lent or awaits a core, at the moment of the call.

    Attributes:
        task_id: Spark's task attempt id, unique in the application; what suspend() takes.
        stage_id: stage of the task.
        stage_attempt: attempt number of that stage.
        job_id: a job that the stage was submitted for, or None when it is not known.
        partition: partition that the task computes.
        executor_id: executor it runs on ("driver" in local mode).
        priority: its level; higher is more urgent.
        state: running, suspending (asked, not yet at a yield point; or killed, where
            spark.neptune.preemption is kill), suspended, or resuming.
        times_suspended: how often it has been suspended.
        seconds_suspended: how long in total, in seconds.
        suspendable: False for a task that is never suspended (of a barrier stage, for example).
        by_hand: True when it was suspended with suspend() and waits for resume().
    """

    task_id: int
    stage_id: int
    stage_attempt: int
    job_id: int | None
    partition: int
    executor_id: str
    priority: int
    state: TaskState
    times_suspended: int
    seconds_suspended: float
    suspendable: bool
    by_hand: bool


@dataclass(frozen=True)
class WorkerView:
    """One Python worker and the processes that it has started, as last measured.

    Attributes:
        pid: process id of the worker, on its executor's host.
        task_id: the task that it ran then, or None: between tasks, or one not suspendable.
        rss_bytes: resident memory, in bytes; pages that processes share count in each.
        cpu_seconds: processor time since they were started, in seconds.
        processes: how many they are; 1 for the worker alone.
    """

    pid: int
    task_id: int | None
    rss_bytes: int
    cpu_seconds: float
    processes: int


@dataclass(frozen=True)
class MemoryView:
    """The memory of one executor, as policies see it.

    Means and rates are over spark.neptune.lma.window, up to the last figures that came: at most
    spark.neptune.metrics.interval ago.

    Attributes:
        heap_share: used share of the heap (garbage included), 0 to 1, as a mean.
        gc_share: share of time spent in garbage collection, 0 to 1.
        spill_bytes_per_second: what its tasks spilled to disk, in bytes per second; tasks of
            barrier stages do not count.
        python_bytes: resident memory of its Python workers, in bytes, as a mean.
        suspended_bytes: execution memory that its suspended tasks hold, in bytes, as last told.
        metrics: Spark's own executor metrics by name, as last told: JVMHeapMemory, TotalGCTime and
            so on, in the units of Spark's monitoring guide (bytes, counts, milliseconds).
    """

    heap_share: float
    gc_share: float
    spill_bytes_per_second: float
    python_bytes: int
    suspended_bytes: int
    # No part of the hash: a dict has none.
    metrics: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True)
class ExecutorView:
    """One executor, at the moment of the call.

    Attributes:
        executor_id: Spark's name for it ("driver" in local mode).
        host: the name of its host, or None when it has not registered with the scheduler.
        cores: cores that it has for tasks.
        tasks_running: tasks that hold a core there.
        tasks_suspended: tasks suspended there.
        suspendable: whether its tasks can be suspended.
        memory: its memory, or None when it has told nothing: it has just started, or
            spark.neptune.metrics.interval is 0.
        python_workers: its Python workers, suspended ones included, as of at most
            spark.neptune.metrics.interval ago.
    """

    executor_id: str
    host: str | None
    cores: float
    tasks_running: int
    tasks_suspended: int
    suspendable: bool
    memory: MemoryView | None
    python_workers: tuple[WorkerView, ...]


@dataclass(frozen=True)
class Latency:
    """A distribution of times, in milliseconds; the quantiles are 0 when count is 0."""

    count: int
    p50: float
    p99: float
    max: float


@dataclass(frozen=True)
class Statistics:
    """What the scheduler has done since the session started.

    Attributes:
        suspensions: tasks suspended.
        resumptions: tasks resumed.
        suspend_latency_ms: on the executor, from the request's arrival to the task standing still.
        resume_latency_ms: on the executor, from the request's arrival to the task running.
        suspend_round_trip_ms: at the driver, from the request to its acknowledgement.
        resume_round_trip_ms: the same for resuming.
        cores_lent: cores of suspended tasks that other tasks hold now; a task may need a fraction
            of one (spark.task.cpus).
        cores_lent_max: the most that were lent at one time.
        core_seconds_lent: lent cores times seconds, in total.
        tasks_running: tasks running now.
        tasks_suspended: tasks suspended now.
        overdue: cores lent before their task had reached a yield point
            (see spark.neptune.suspend.timeout).
        rescues: suspended tasks that their executor resumed, because a task of higher priority
            waited for what they held.
        resumed_at_bound: tasks resumed because they had been suspended for as long as a task may
            be (spark.neptune.maxSuspendedTime).
        kills: tasks killed for others (spark.neptune.preemption=kill).
        wasted_task_seconds: for how long they had been running, in all.
        policy_faults: how often the policy raised, answered wrongly, or did not answer in time, so
            that lb decided in its place; see decisions().
    """

    suspensions: int
    resumptions: int
    suspend_latency_ms: Latency
    resume_latency_ms: Latency
    suspend_round_trip_ms: Latency
    resume_round_trip_ms: Latency
    cores_lent: float
    cores_lent_max: float
    core_seconds_lent: float
    tasks_running: int
    tasks_suspended: int
    overdue: int
    rescues: int
    resumed_at_bound: int
    kills: int
    wasted_task_seconds: float
    policy_faults: int


class Scheduler:
    """The Neptune scheduler of one session; get it from neptune_spark.scheduler(spark).

    THREADING: any thread may call any method; each is one call into the driver's JVM.
    """

    def __init__(self, context: SparkContext) -> None:
        self._context = context
        self._neptune: JavaObject = _find(context)

    def tasks(self) -> list[TaskView]:
        """The tasks of the moment, suspended ones included, by task id.

        Raises:
            SessionError: when the session has been stopped.
        """
        rows = json.loads(self._call(self._neptune.tasks))
        return sorted((_record(TaskView, row) for row in rows), key=lambda task: task.task_id)

    def suspend(self, task_id: int) -> None:
        """Asks for a task to be suspended; it stays so until resume(), or until it is killed.

        Returns at once; tasks() shows the state "suspended" when the task stands still. To ask
        for a task that is suspended already makes that suspension one by hand.

        Args:
            task_id: TaskView.task_id of the task.

        Raises:
            TaskError: when the task is unknown, has ended or cannot be suspended.
            SessionError: when the session has been stopped.
        """
        self._call(lambda: self._neptune.suspend(_task_id(task_id)))

    def resume(self, task_id: int) -> None:
        """Ends a suspension by hand: the task goes on as soon as there is a core for it.

        Args:
            task_id: TaskView.task_id of the task.

        Raises:
            TaskError: when the task is unknown, has ended or is not suspended by hand.
            SessionError: when the session has been stopped.
        """
        self._call(lambda: self._neptune.resume(_task_id(task_id)))

    def executors(self) -> list[ExecutorView]:
        """The executors, what they and their Python workers use, by executor id.

        Raises:
            SessionError: when the session has been stopped.
        """
        return [_executor(row) for row in json.loads(self._call(self._neptune.executors))]

    def statistics(self) -> Statistics:
        """The figures since the session started.

        Raises:
            SessionError: when the session has been stopped.
        """
        row = json.loads(self._call(self._neptune.statistics))
        latencies = {
            name: _record(Latency, value) for name, value in row.items() if isinstance(value, dict)
        }
        return _record(Statistics, {**row, **latencies})

    @property
    def policy(self) -> str:
        """Name of the policy that picks the victims, as in the setting spark.neptune.policy.

        Setting it puts another policy in force, from the next decision on: one of Neptune's, the
        name of a class on the class path, or `python:module:Class`.

        Raises:
            SettingError: when the name is not accepted, or what it names can't be made; the former
                policy stays in force then.
            SessionError: when the session has been stopped.
        """
        return self._call(lambda: str(self._neptune.policy()))

    @policy.setter
    def policy(self, name: str) -> None:
        name = BY_NAME["policy"].parse(name)
        if is_python(name):
            policy = make_policy(name)
            self._call(lambda: register(self._context, self._neptune, name, policy), SettingError)
        else:
            self._call(lambda: self._neptune.setPolicy(name), SettingError)

    def decisions(self, n: int = 20) -> list[DecisionView]:
        """The last decisions that tell something, newest first.

        Those that suspended tasks, that left pending tasks without a core, or that lb took because
        the policy gave no answer; one that only repeats the last one of its priority is left out.
        The scheduler keeps the last 1000.

        Args:
            n: how many, at most.

        Raises:
            SessionError: when the session has been stopped.
        """
        rows = json.loads(self._call(lambda: self._neptune.decisions(n)))
        return [_record(DecisionView, decision_fields(row)) for row in rows]

    def _register_awaited(self) -> None:
        """Registers the policy of the settings if it is written in Python and not there yet."""
        if self._call(lambda: bool(self._neptune.isPolicyAwaited())):
            self.policy = self.policy

    def __repr__(self) -> str:
        return f"Scheduler({self._context.applicationId})" if self._alive() else "Scheduler(ended)"

    def _alive(self) -> bool:
        return self._context._jsc is not None

    def _call(self, act: Callable[[], T], refusal: type[NeptuneError] = TaskError) -> T:
        """Calls into the JVM; what that refuses as an illegal argument is raised as `refusal`."""
        from py4j.protocol import Py4JError, Py4JNetworkError
        from pyspark.errors import PySparkException

        if not self._alive():
            raise _stopped()
        try:
            return act()
        except Py4JNetworkError as e:
            raise _stopped() from e
        except (Py4JError, PySparkException) as e:
            raise _translated(e, refusal) from e


def scheduler(spark: SparkSession | SparkContext) -> Scheduler:
    """The Neptune scheduler behind a session.

    Args:
        spark: a classic SparkSession, or a SparkContext, that was started with Neptune.

    Raises:
        SessionError: for a Spark Connect session, a stopped one, or one without Neptune.
    """
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    if isinstance(spark, SparkContext):
        return Scheduler(spark)
    # A Connect session is no subclass of the classic one before Spark 4, and has no _jsparkSession.
    if not isinstance(spark, SparkSession) or not hasattr(spark, "_jsparkSession"):
        if type(spark).__module__.startswith("pyspark.sql.connect"):
            raise SessionError(
                "neptune_spark.scheduler() got a Spark Connect session, which cannot reach the "
                "scheduler: start a classic session (no .remote(), no SPARK_REMOTE)."
            )
        raise SessionError(
            "neptune_spark.scheduler() takes a SparkSession or a SparkContext, not "
            f"{type(spark).__name__}."
        )
    return Scheduler(spark.sparkContext)


def _find(context: SparkContext) -> JavaObject:
    if context._jsc is None:
        raise _stopped()
    task_scheduler = context._jsc.sc().taskScheduler()
    if task_scheduler is None:
        raise _stopped()
    found = task_scheduler.getClass().getName()
    if found != _SCHEDULER_CLASS:
        raise SessionError(
            f"this session runs without Neptune (its scheduler is {found}): start it with "
            "neptune_spark.builder(), neptune_spark.configure(...) or `neptune-spark submit`."
        )
    return task_scheduler.neptune()


def _stopped() -> SessionError:
    return SessionError("the Spark session has been stopped: start a new one.")


def _task_id(value: object) -> int:
    # py4j would send a bool or a float to the JVM and answer with an unreadable signature error.
    if isinstance(value, bool) or not isinstance(value, int):
        raise TaskError(f"a task id is an integer (TaskView.task_id), not {value!r}.")
    return value


def _record(kind: type[T], row: dict[str, Any]) -> T:
    try:
        return kind(**row)
    except TypeError as e:
        raise NeptuneError(
            f"the Neptune jar in this session speaks of {kind.__name__} in other words than this "
            "package: start the session with the jar that `neptune-spark jar` prints."
        ) from e


def _executor(row: dict[str, Any]) -> ExecutorView:
    memory = row.get("memory")
    workers = row["python_workers"]
    return _record(
        ExecutorView,
        {
            **row,
            "memory": None if memory is None else _record(MemoryView, memory),
            "python_workers": tuple(_record(WorkerView, worker) for worker in workers),
        },
    )


def _translated(error: Exception, refusal: type[NeptuneError]) -> NeptuneError:
    """The JVM's own sentence, without the class names and the stack trace around it."""
    # py4j attaches the Java exception under the one name, PySpark, once patched in, the other.
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is None:
        return NeptuneError(f"the call into the scheduler failed: {error}")
    if java.getClass().getName() == "java.lang.IllegalArgumentException":
        return refusal(str(java.getMessage()))
    return NeptuneError(f"the scheduler failed: {java.toString()}")
