"""What a policy receives and returns: plain values, the same as for the JVM's own policies.

Cores are counted in nanocores, as integers: a task may need a fraction of a core
(spark.task.cpus), and sums of fractions are not exact.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

#: Nanocores in one core.
NANOCORES_PER_CORE = 1_000_000_000


@dataclass(frozen=True)
class MemoryFigures:
    """The memory of an executor, as means over the time spark.neptune.lma.window.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    heap_share : float
        Used share of the heap, 0 to 1.
    gc_share : float
        Share of time spent in garbage collection, 0 to 1.
    spill_bytes_per_s : float
        What its tasks wrote to disk for lack of memory, in bytes per second.
    python_bytes : int
        Resident memory of its Python workers.
    suspended_bytes : int
        Execution memory that its suspended tasks hold now.
    held_bytes : int
        What its tasks, suspended ones included, and cached blocks now take of the memory that Spark
        manages; unlike the used heap, without garbage.
    managed_bytes : int
        How much memory Spark manages there.
    """

    heap_share: float
    gc_share: float
    spill_bytes_per_s: float
    python_bytes: int
    suspended_bytes: int
    held_bytes: int
    managed_bytes: int


@dataclass(frozen=True)
class RunningTask:
    """A task that holds a core.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    task_id : int
        Spark's task attempt id, unique in the application.
    executor_id : str
        Executor that it runs on.
    nanocores : int
        Cores that it holds, in nanocores.
    priority : int
        Its level; higher is more urgent.
    arrival : int
        Order of launch in the application; use it to break ties.
    job_id : int
        A job that its stage was submitted for; -1 if not known.
    stage_id : int
        Its stage.
    age_s : float
        Time since its launch, in seconds.
    left_s : float | None
        Estimated seconds until its end, from the mean of its stage's finished tasks; None if not
        known.
    times_suspended : int
        How often it has been suspended.
    suspended_s : float
        How long in total, in seconds.
    locality : str
        The level at which it runs, as Spark names it (PROCESS_LOCAL, ...).
    suspendable : bool
        Whether it may be a victim: its priority is lower than that of the pending
        tasks, it has not been asked to suspend yet, and nothing forbids it.
    memory_bytes : int | None
        Execution memory that it holds, plus resident memory of its Python worker;
        None if not known.
    suspend_s : float | None
        How long it took to suspend the last time, in seconds; None if it never was.
    """

    task_id: int
    executor_id: str
    nanocores: int
    priority: int
    arrival: int
    job_id: int
    stage_id: int
    age_s: float
    left_s: float | None
    times_suspended: int
    suspended_s: float
    locality: str
    suspendable: bool
    memory_bytes: int | None
    suspend_s: float | None


@dataclass(frozen=True)
class ExecutorSnapshot:
    """An executor that accepts new tasks.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    executor_id : str
        Its id in Spark ("driver" in local mode).
    host : str
        Its host name; empty if it has not registered with the scheduler.
    total_nanocores : int
        Cores that it has, in nanocores.
    free_nanocores : int
        Cores that the pending tasks may use, including those on their way, in
        nanocores; negative if a rescued task oversubscribes a core, or suspended tasks that
        come first have lent theirs, which victims must make up for, too.
    load : int
        Number of tasks that hold a core.
    suspended : int
        Number of tasks that are suspended there.
    memory : MemoryFigures | None
        What is known of its memory; None if nothing yet.
    lowest_priority : int | None
        The lowest priority of its suspendable tasks; None if it has none.
    tasks : tuple[RunningTask, ...]
        The tasks that hold a core, in order of launch.
    """

    executor_id: str
    host: str
    total_nanocores: int
    free_nanocores: int
    load: int
    suspended: int
    memory: MemoryFigures | None
    lowest_priority: int | None
    tasks: tuple[RunningTask, ...]


@dataclass(frozen=True)
class PendingTasks:
    """Tasks of one stage that wait for cores, all with the same needs.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    stage_id : int
        Their stage.
    count : int
        The number of tasks.
    nanocores : int
        Cores that each needs, in nanocores, on one executor.
    preferred : tuple[frozenset[str], ...]
        Executors where they prefer to run, nearest first: those that cache their
        blocks, those on the right host, those in the right rack; empty if anywhere.
    refused : frozenset[str]
        Executors whose free core they recently did not use: suspending tasks there would be
        pointless.
    together : bool
        Whether all or none must start: a barrier stage.
    """

    stage_id: int
    count: int
    nanocores: int
    preferred: tuple[frozenset[str], ...]
    refused: frozenset[str]
    together: bool


@dataclass(frozen=True)
class Snapshot:
    """The input of a decision.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    priority : int
        Priority of the pending tasks; higher is more urgent.
    executors : tuple[ExecutorSnapshot, ...]
        Those that accept new tasks, in the order in which they registered.
    pending : tuple[PendingTasks, ...]
        Groups of waiting tasks, in the order in which they will be offered cores.
    """

    priority: int
    executors: tuple[ExecutorSnapshot, ...]
    pending: tuple[PendingTasks, ...]


@dataclass(frozen=True)
class Victim:
    """A task to suspend.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    task_id : int
        RunningTask.task_id of a suspendable task.
    executor_id : str
        Executor that it runs on.
    reason : str
        Why this one, for whoever reads Scheduler.decisions().
    """

    task_id: int
    executor_id: str
    reason: str = ""

    def __str__(self) -> str:
        where = f"task {self.task_id} on executor {self.executor_id}"
        return f"{where}: {self.reason}" if self.reason else where


@dataclass(frozen=True)
class Placement:
    """Where pending tasks are meant to run; only informs whoever reads the decisions.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    group : int
        Index of the tasks in Snapshot.pending.
    executor_id : str
        Executor where they are meant to run.
    count : int
        How many of them.
    """

    group: int
    executor_id: str
    count: int


@dataclass(frozen=True)
class Decision:
    """The answer of a policy.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    victims : Sequence[Victim]
        The tasks to suspend, no more than the pending tasks need.
    placements : Sequence[Placement]
        Where the pending tasks are meant to run, including those that need no victim.
    """

    victims: Sequence[Victim] = ()
    placements: Sequence[Placement] = ()


class Policy(ABC):
    """Chooses the tasks to suspend so that pending tasks of a higher priority get cores.

    A subclass needs a no-argument constructor; it may be instantiated more than once. Name it in
    spark.neptune.policy, or set it with `neptune_spark.scheduler(spark).policy = ...`, as
    `python:module:Class`.

    The scheduler waits for the answer for at most spark.neptune.policy.timeout. If a policy raises,
    gives an invalid answer, or is late, lb decides instead.

    .. versionadded:: 0.1.0

    Notes
    -----
    THREADING: called in the driver, on py4j's threads, one call at a time. The scheduler's lock
    is held meanwhile: a policy that calls `neptune_spark.scheduler(spark)` or runs a job gets no
    answer before its time is up.

    Examples
    --------
    >>> from neptune_spark import Decision, Policy, Snapshot, Victim
    >>> class OldestFirst(Policy):
    ...     # Takes one task, the one that was launched first.
    ...     def decide(self, snapshot):
    ...         tasks = [t for e in snapshot.executors for t in e.tasks if t.suspendable]
    ...         oldest = sorted(tasks, key=lambda task: task.arrival)[:1]
    ...         return Decision(victims=[Victim(t.task_id, t.executor_id) for t in oldest])
    >>> OldestFirst().decide(Snapshot(priority=10, executors=(), pending=()))
    Decision(victims=[], placements=())
    """

    @abstractmethod
    def decide(self, snapshot: Snapshot) -> Decision:
        """Choose the tasks to suspend, and where the pending tasks are meant to run.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        snapshot : Snapshot
            The input of the decision. The free cores may suffice for some of the pending tasks.

        Returns
        -------
        Decision
            An empty one suspends no task.
        """

    def offer_order(self, executors: Sequence[ExecutorSnapshot]) -> list[str]:
        """Return ids of executors in the order in which pending tasks are offered their free cores.

        Executors left out come last. Called when tasks of several priorities compete; tasks with
        preferred locations still choose among the executors. By default, executors with the fewest
        tasks come first.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        executors : Sequence[ExecutorSnapshot]
            Those that accept new tasks.

        Returns
        -------
        list[str]
            Their ids.
        """
        return [e.executor_id for e in sorted(executors, key=lambda e: e.load)]
