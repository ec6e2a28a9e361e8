"""What a policy sees, and what it answers: plain values, the same as the JVM's own policies have.

Cores are counted in nano-cores, integers, since a task may need a fraction of a core
(spark.task.cpus) and sums of fractions are not exact.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

#: Nano-cores in one core.
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
        What its tasks wrote to disk for want of memory.
    python_bytes : int
        Resident memory of its Python workers.
    suspended_bytes : int
        Execution memory that its suspended tasks hold.
    """

    heap_share: float
    gc_share: float
    spill_bytes_per_s: float
    python_bytes: int
    suspended_bytes: int


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
        Cores that it holds, in nano-cores.
    priority : int
        Its level; higher is more urgent.
    arrival : int
        Order of launch in the application: break ties by it.
    job_id : int
        A job that its stage was submitted for, -1 when it is not known.
    stage_id : int
        Its stage.
    age_s : float
        Since its launch, in seconds.
    left_s : float | None
        Seconds until its end, by the mean of its stage's finished tasks; None: not known.
    times_suspended : int
        How often it has been suspended.
    suspended_s : float
        How long in all, in seconds.
    locality : str
        The level at which it runs, as Spark names it (PROCESS_LOCAL, ...).
    suspendable : bool
        Whether it may be a victim: its priority is lower than that of the pending
        tasks, nobody has asked it to suspend yet, and nothing forbids it.
    memory_bytes : int | None
        Execution memory that it holds, and resident memory of its Python worker;
        None: not known.
    suspend_s : float | None
        What its last suspension took, in seconds; None: there was none.
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
    """An executor that takes new tasks.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    executor_id : str
        Spark's name for it ("driver" in local mode).
    host : str
        The name of its host; empty when it has not registered with the scheduler.
    total_nanocores : int
        Cores that it has, in nano-cores.
    free_nanocores : int
        Cores that the pending tasks may use, those on their way included, in
        nano-cores; less than none where a rescued task runs on a core too many, which victims
        must bring, too.
    load : int
        Number of tasks that hold a core.
    suspended : int
        Number of tasks that are suspended there.
    memory : MemoryFigures | None
        What is known of its memory; None: nothing yet.
    lowest_priority : int | None
        The lowest priority of its suspendable tasks; None: it has none.
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
        How many they are.
    nanocores : int
        Cores that each needs, in nano-cores, on one executor.
    preferred : tuple[frozenset[str], ...]
        Executors where they would rather run, the nearest first: those that cache their
        blocks, those on the right host, those in the right rack; empty: anywhere.
    refused : frozenset[str]
        Executors whose free core they lately left alone: to suspend tasks there would be
        for nothing.
    together : bool
        All of them or none: a barrier stage.
    """

    stage_id: int
    count: int
    nanocores: int
    preferred: tuple[frozenset[str], ...]
    refused: frozenset[str]
    together: bool


@dataclass(frozen=True)
class Snapshot:
    """What there is to decide on.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    priority : int
        That of the pending tasks; higher is more urgent.
    executors : tuple[ExecutorSnapshot, ...]
        Those that take new tasks, in the order in which they came.
    pending : tuple[PendingTasks, ...]
        Groups of tasks that wait, in the order in which they will be offered cores.
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
        RunningTask.task_id of a task that is suspendable.
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
    """Where pending tasks are meant to run. It guides nobody but the reader of the decisions.

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
    """What a policy answers.

    .. versionadded:: 0.1.0

    Attributes
    ----------
    victims : Sequence[Victim]
        The tasks to suspend, no more than the pending ones need.
    placements : Sequence[Placement]
        Where the pending tasks are meant to run, those that need no victim included.
    """

    victims: Sequence[Victim] = ()
    placements: Sequence[Placement] = ()


class Policy(ABC):
    """Says which tasks to suspend so that pending tasks of a higher priority get cores.

    A subclass needs a constructor without parameters; it may be made more than once. Name it in
    spark.neptune.policy, or set it with `neptune_spark.scheduler(spark).policy = ...`, as
    `python:module:Class`.

    The scheduler waits for the answer, for spark.neptune.policy.timeout at most. Where a policy
    raises, answers what makes no sense, or is late, lb decides instead.

    .. versionadded:: 0.1.0

    Notes
    -----
    THREADING: called in the driver, on threads of py4j's, one call at a time. The scheduler's lock
    is held meanwhile: a policy that asks `neptune_spark.scheduler(spark)` or runs a job gets no
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
        """Say which tasks to suspend, and where the pending tasks are meant to run.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        snapshot : Snapshot
            What there is to decide on. The free cores may do for a part of the pending tasks.

        Returns
        -------
        Decision
            An empty one suspends nobody.
        """

    def offer_order(self, executors: Sequence[ExecutorSnapshot]) -> list[str]:
        """Return ids of executors in the order in which pending tasks are offered their free cores.

        Those that are left out come last. Asked where tasks of several priorities meet; tasks with
        preferred locations choose among the executors all the same. Unless overridden: those with
        the fewest tasks first.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        executors : Sequence[ExecutorSnapshot]
            Those that take new tasks.

        Returns
        -------
        list[str]
            Their ids.
        """
        return [e.executor_id for e in sorted(executors, key=lambda e: e.load)]
