"""What the scheduler reports of its tasks, executors and figures, at the moment of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from neptune_spark._errors import NeptuneError
from neptune_spark._formats import levels_shown
from neptune_spark._tables import figures_html, rows_html

T = TypeVar("T")

#: How many levels a notebook shows.
_LEVELS_SHOWN = 10

#: Where a task is in its life.
TaskState = Literal["running", "suspending", "suspended", "resuming"]


@dataclass(frozen=True)
class TaskView:
    """One task that holds, lent or awaits a core, at the moment of the call.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    task_id : int
        Spark's task attempt id, unique in the application; what suspend() takes.
    stage_id : int
        Stage of the task.
    stage_attempt : int
        Attempt number of that stage.
    job_id : int | None
        A job that the stage was submitted for, or None if not known.
    partition : int
        Partition that the task computes.
    executor_id : str
        Executor it runs on ("driver" in local mode).
    priority : int
        Its level; higher is more urgent.
    state : TaskState
        running, suspending (asked, but not yet at a yield point; or killed, if
        spark.neptune.preemption is kill), suspended, or resuming.
    times_suspended : int
        How often it has been suspended.
    suspended_s : float
        How long in total, in seconds.
    bound_used : float
        The share, 0 to 1, that it has used of spark.neptune.maxSuspensions or
        spark.neptune.maxSuspendedTime, whichever is larger.
    work_kept_core_s : float
        Cores times seconds that it had been running when it was last suspended: what killing
        it each time would have thrown away.
    suspendable : bool
        False for a task that is never suspended (of a barrier stage, for example).
    manual : bool
        True if it was suspended with suspend() and waits for resume().
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
    suspended_s: float
    bound_used: float
    work_kept_core_s: float
    suspendable: bool
    manual: bool


@dataclass(frozen=True)
class WorkerView:
    """One Python worker and the processes that it started, as last measured.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    pid : int
        Process id of the worker, on its executor's host.
    task_id : int | None
        The task that it ran then; None between tasks, or for a task that can't be suspended.
    rss_bytes : int
        Resident memory, in bytes; shared pages count in each process.
    cpu_s : float
        Processor time since the processes started, in seconds.
    processes : int
        The number of processes; 1 for the worker alone.
    """

    pid: int
    task_id: int | None
    rss_bytes: int
    cpu_s: float
    processes: int


@dataclass(frozen=True)
class MemoryView:
    """The memory of one executor, as policies see it.

    Means and rates cover spark.neptune.lma.window, up to the last figures received, which are at
    most spark.neptune.metricsInterval old.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    heap_share : float
        Used share of the heap (garbage included), 0 to 1, as a mean.
    gc_share : float
        Share of time spent in garbage collection, 0 to 1.
    spill_bytes_per_s : float
        What its tasks spilled to disk, in bytes per second; tasks of
        barrier stages do not count.
    python_bytes : int
        Resident memory of its Python workers, in bytes, as a mean.
    suspended_bytes : int
        Execution memory that its suspended tasks hold, in bytes, as last reported.
    held_bytes : int
        What its tasks, suspended ones included, and cached blocks take of the memory that Spark
        manages, in bytes, as last reported; unlike the used heap, without garbage.
    managed_bytes : int
        How much memory Spark manages there, in bytes, as last reported.
    metrics : Mapping[str, int]
        Spark's own executor metrics by name, as last reported: JVMHeapMemory, TotalGCTime and
        so on, in the units of Spark's monitoring guide (bytes, counts, milliseconds).
    """

    heap_share: float
    gc_share: float
    spill_bytes_per_s: float
    python_bytes: int
    suspended_bytes: int
    held_bytes: int
    managed_bytes: int
    # No part of the hash: a dict has none.
    metrics: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True)
class ExecutorView:
    """One executor, at the moment of the call.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    executor_id : str
        Its id in Spark ("driver" in local mode).
    host : str | None
        Its host name, or None if it has not registered with the scheduler.
    cores : float
        Cores that it has for tasks.
    tasks_running : int
        Tasks that hold a core there.
    tasks_suspended : int
        Tasks suspended there.
    suspendable : bool
        Whether its tasks can be suspended.
    memory : MemoryView | None
        Its memory, or None if it has not reported any: it has just started, or
        spark.neptune.metricsInterval is 0.
    python_workers : tuple[WorkerView, ...]
        Its Python workers, including suspended ones, as of at most
        spark.neptune.metricsInterval ago.
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
    """A distribution of times, in seconds; all are 0 if count is 0.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    count : int
        How many there were; the other figures cover the last 10,000.
    p50_s : float
        The median.
    p99_s : float
        The 99th percentile.
    max_s : float
        The longest.
    """

    count: int
    p50_s: float
    p99_s: float
    max_s: float


@dataclass(frozen=True)
class LevelView:
    """The tasks and cores of one priority, at the moment of the call.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    priority : int
        The level; higher is more urgent.
    tasks_running : int
        Tasks that hold a core.
    tasks_pending : int
        Tasks that wait for their first core.
    tasks_suspended : int
        Tasks that are suspended.
    cores_lent : float
        Cores of suspended tasks, which tasks of higher priority may hold now.
    first_task_latency : Latency
        From the submission of a stage's tasks to the scheduler to the launch of the first one;
        Spark's own submission time is earlier, because it includes preparation.
    """

    priority: int
    tasks_running: int
    tasks_pending: int
    tasks_suspended: int
    cores_lent: float
    first_task_latency: Latency


@dataclass(frozen=True)
class Statistics:
    """What the scheduler has done since the session started.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    suspensions : int
        How often a task was suspended.
    resumptions : int
        How often a task was resumed; lower if tasks were suspended again on the way, or ended.
    resumptions_by_reason : Mapping[str, int]
        The same, by reason: core (its core was free), rescue, resource (a task of higher
        priority waited for a resource that it held, such as a GPU), bound (it had been suspended
        for the maximum time), decommission (its executor was being decommissioned), manual
        (resume() ended a manual suspension).
    suspend_latency : Latency
        On the executor, from the request's arrival until the task is suspended.
    resume_latency : Latency
        On the executor, from the request's arrival until the task runs.
    suspend_round_trip : Latency
        At the driver, from the request to its acknowledgement.
    resume_round_trip : Latency
        The same for resuming.
    decision_time : Latency
        How long the policy took for a decision; see decisions().
    cores_lent : float
        Cores of suspended tasks, which tasks of higher priority may hold now; a task may
        need a fraction of a core (spark.task.cpus).
    cores_lent_max : float
        The most cores lent at one time.
    lent_core_s : float
        Lent cores times seconds, in total.
    work_kept_core_s : float
        Cores times seconds that tasks had been running when they were last suspended, in
        total: what killing them each time would have thrown away.
    tasks_running : int
        Tasks running now.
    tasks_suspended : int
        Tasks suspended now.
    overdue : int
        Cores lent before their task reached a yield point
        (see spark.neptune.suspendTimeout).
    rescues : int
        Suspended tasks that their executor resumed because a task of higher priority
        waited for what they held.
    rescues_by_cause : Mapping[str, int]
        The same, by what it waited for: block, memory, lock, or unknown (without an owner).
    memory_releases : int
        How often suspended tasks spilled to disk because a task of higher priority waited
        for memory.
    released_bytes : int
        Execution memory that this freed, in bytes.
    bound_used_max : float
        The largest `TaskView.bound_used` of any live task.
    resumed_at_bound : int
        Tasks resumed because they had been suspended for the maximum time
        (spark.neptune.maxSuspendedTime).
    kills : int
        Tasks killed for others (spark.neptune.preemption=kill).
    wasted_task_s : float
        How long the killed tasks had been running, in total, in seconds.
    policy_faults : int
        How often the policy raised, gave an invalid answer, or did not answer in time, so
        that lb decided instead; see decisions().
    levels : tuple[LevelView, ...]
        The tasks and cores of each priority, highest first: low, normal and high, and others
        that jobs have, or had recently.
    """

    suspensions: int
    resumptions: int
    # No part of the hash: a dict has none.
    resumptions_by_reason: Mapping[str, int] = field(hash=False)
    suspend_latency: Latency
    resume_latency: Latency
    suspend_round_trip: Latency
    resume_round_trip: Latency
    decision_time: Latency
    cores_lent: float
    cores_lent_max: float
    lent_core_s: float
    work_kept_core_s: float
    tasks_running: int
    tasks_suspended: int
    overdue: int
    rescues: int
    rescues_by_cause: Mapping[str, int] = field(hash=False)
    memory_releases: int
    released_bytes: int
    bound_used_max: float
    resumed_at_bound: int
    kills: int
    wasted_task_s: float
    policy_faults: int
    levels: tuple[LevelView, ...]

    def _repr_html_(self) -> str:
        def tasks(level: LevelView) -> int:
            return level.tasks_running + level.tasks_pending + level.tasks_suspended

        shown = levels_shown(self.levels, _LEVELS_SHOWN, tasks)
        return figures_html(self, levels=rows_html(shown, len(self.levels)))


def record(kind: type[T], row: dict[str, Any]) -> T:
    """Return a view with the fields that the JVM tells.

    Raises
    ------
    NeptuneError
        When it tells others than the view has.
    """
    try:
        return kind(**row)
    except TypeError as e:
        raise NeptuneError(
            f"the Neptune jar in this session describes {kind.__name__} differently from this "
            "package: start the session with the jar that `neptune-spark jar` prints."
        ) from e


def statistics_view(row: dict[str, Any]) -> Statistics:
    """Return the scheduler's figures, with those of the levels."""

    def with_latencies(figures: dict[str, Any]) -> dict[str, Any]:
        return {
            name: record(Latency, value) if _is_latency(value) else value
            for name, value in figures.items()
        }

    levels = tuple(record(LevelView, with_latencies(level)) for level in row["levels"])
    return record(Statistics, {**with_latencies(row), "levels": levels})


def _is_latency(value: object) -> bool:
    return isinstance(value, dict) and "p50_s" in value


def executor_view(row: dict[str, Any]) -> ExecutorView:
    """Return an executor's view, with those of its memory and its Python workers."""
    memory = row.get("memory")
    workers = row["python_workers"]
    return record(
        ExecutorView,
        {
            **row,
            "memory": None if memory is None else record(MemoryView, memory),
            "python_workers": tuple(record(WorkerView, worker) for worker in workers),
        },
    )
