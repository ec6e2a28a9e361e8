"""The running scheduler as Python sees it: its tasks, its figures, and manual suspensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neptune_spark._arguments import count_of, target_of, task_id_of
from neptune_spark._errors import SessionError
from neptune_spark._policy.decisions import DecisionView, decision_fields
from neptune_spark._scheduler_access import SchedulerAccess
from neptune_spark._settings import BY_NAME, PRIORITY
from neptune_spark._tables import Rows, rows_html, sections_html
from neptune_spark._views import (
    ExecutorView,
    Statistics,
    TaskView,
    executor_view,
    record,
    statistics_view,
)

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

#: How many decisions a notebook shows of a scheduler.
_DECISIONS_SHOWN = 5


class Scheduler:
    """The Neptune scheduler of one session; get it from `neptune_spark.scheduler(spark)`.

    .. versionadded:: 0.1.0

    Notes
    -----
    THREADING: any thread may call any method; each is one call into the driver's JVM, or over Spark
    Connect one statement of SQL. There a user may be refused what is not the user's own: see the
    setting spark.neptune.sql.control. A refused call raises the error of a wrong one.

    Examples
    --------
    >>> scheduler = neptune_spark.scheduler(spark)
    >>> scheduler.tasks()
    []
    >>> scheduler.statistics().tasks_suspended
    0
    """

    def __init__(self, spark: SparkSession | SparkContext) -> None:
        self._access = _access_to(spark)

    def tasks(self) -> list[TaskView]:
        """Return the tasks of the moment, suspended ones included, by task id.

        .. versionadded:: 0.1.0

        Returns
        -------
        list[TaskView]
            Those that hold, have lent or await a core.

        Raises
        ------
        SessionError
            When the session has been stopped.

        Examples
        --------
        >>> [(task.task_id, task.priority, task.state) for task in scheduler.tasks()]
        []
        """
        views = (record(TaskView, row) for row in self._access.tasks())
        return Rows(sorted(views, key=lambda task: task.task_id))

    def suspend(self, task_id: int) -> None:
        """Ask for a task to be suspended; it stays so until `resume()`, or until it is killed.

        If its executor is decommissioned, it resumes, too, since the executor waits for its end.

        Returns at once; `tasks()` shows the state "suspended" when the task stands still. To ask
        for a task that is suspended already makes that suspension a manual one.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        task_id : int
            `TaskView.task_id` of the task.

        Raises
        ------
        TaskError
            When the task is unknown, has ended or cannot be suspended.
        SessionError
            When the session has been stopped.

        Examples
        --------
        >>> import time
        >>> from pyspark import InheritableThread
        >>> def job():
        ...     spark.sparkContext.parallelize([2], 1).foreach(time.sleep)
        >>> thread = InheritableThread(target=job)
        >>> thread.start()
        >>> while not scheduler.tasks():
        ...     time.sleep(0.1)
        >>> (task,) = scheduler.tasks()
        >>> scheduler.suspend(task.task_id)
        >>> [task.manual for task in scheduler.tasks()]
        [True]
        >>> scheduler.resume(task.task_id)
        >>> thread.join()
        """
        self._access.suspend(task_id_of(task_id))

    def resume(self, task_id: int) -> None:
        """End a manual suspension, if there is one: the task goes on once there is a core for it.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        task_id : int
            `TaskView.task_id` of the task.

        Raises
        ------
        TaskError
            When the task is unknown or has ended.
        SessionError
            When the session has been stopped.

        Examples
        --------
        >>> for task in scheduler.tasks():
        ...     if task.manual:
        ...         scheduler.resume(task.task_id)
        """
        self._access.resume(task_id_of(task_id))

    def set_priority(
        self,
        priority: str | int | None,
        *,
        job_id: int | None = None,
        job_group: str | None = None,
        tag: str | None = None,
        query: StreamingQuery | str | int | None = None,
    ) -> int:
        """Give jobs another priority than they were submitted with, also those that run.

        What runs or waits changes at once, and what it shares with other jobs follows. The
        priority of one job goes with it; those of groups, tags and queries also hold for the jobs
        to come, until they are taken back. They come before all other ways to say a priority; of
        several for a job, that by job comes before those by query, tag and group.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        priority : str | int | None
            "low", "normal", "high", or any integer of 32 bits; None to take it back.
        job_id : int | None, optional
            Spark's id of one job.
        job_group : str | None, optional
            The group of jobs, as in SparkContext.setJobGroup().
        tag : str | None, optional
            A tag of jobs, as in SparkContext.addJobTag() and SparkSession.addTag().
        query : StreamingQuery | str | int | None, optional
            A streaming query, its id, or its name while it is active; or the id of an execution of
            SQL, as the SQL tab has it.

        Returns
        -------
        int
            How many live jobs it is about, as far as they are known yet: none for a stream between
            two batches. On a server a user's jobs get no more than the user may have
            (`spark.neptune.maxPriority`).

        Raises
        ------
        SettingError
            For what is no priority.
        TypeError
            When not exactly one of the four is given.
        TaskError
            For a job that never was, and a name that no streaming query has.
        SessionError
            When the session has been stopped.

        Examples
        --------
        >>> scheduler.set_priority("low", job_group="nightly")
        0
        >>> scheduler.set_priority(None, job_group="nightly")
        0
        """
        level = "" if priority is None else PRIORITY.parse(priority)
        kind, name = target_of(
            self._access.session, job_id=job_id, job_group=job_group, tag=tag, query=query
        )
        return self._access.set_priority(kind, name, level)

    def executors(self) -> list[ExecutorView]:
        """Return the executors, what they and their Python workers use, by executor id.

        .. versionadded:: 0.1.0

        Returns
        -------
        list[ExecutorView]
            Those that have offered cores.

        Raises
        ------
        SessionError
            When the session has been stopped.

        Examples
        --------
        >>> [(executor.executor_id, executor.cores) for executor in scheduler.executors()]
        [('driver', 2.0)]
        """
        return Rows(executor_view(row) for row in self._access.executors())

    def statistics(self) -> Statistics:
        """Return the figures since the session started.

        .. versionadded:: 0.1.0

        Returns
        -------
        Statistics
            As of now.

        Raises
        ------
        SessionError
            When the session has been stopped.

        Examples
        --------
        >>> latency = scheduler.statistics().suspend_latency
        >>> latency.p50_s <= latency.p99_s <= latency.max_s
        True
        """
        return statistics_view(self._access.statistics())

    @property
    def policy(self) -> str:
        """Name of the policy that picks the victims, as in the setting spark.neptune.policy.

        Setting it puts another policy in force, from the next decision on: one of Neptune's, the
        name of a class on the class path, or `python:module:Class`.

        .. versionadded:: 0.1.0

        Raises
        ------
        SettingError
            When the name is not accepted, or what it names can't be made; the former policy
            stays in force then.
        SessionError
            When the session has been stopped.

        Examples
        --------
        >>> scheduler.policy = "lb"
        >>> scheduler.policy
        'lb'
        >>> scheduler.policy = "lma"
        """
        return self._access.policy()

    @policy.setter
    def policy(self, name: str) -> None:
        self._access.set_policy(BY_NAME["policy"].parse(name))

    def decisions(self, n: int = 20) -> list[DecisionView]:
        """Return the last decisions that tell something, newest first.

        Those that suspended tasks, that left pending tasks without a core, or that lb took because
        the policy gave no answer; one that only repeats the last one of its priority is left out.
        And those that gave a streaming query with a latency target another number of cores.
        The scheduler keeps the last 1000.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        n : int, optional
            How many, at most.

        Returns
        -------
        list[DecisionView]
            No more than there were.

        Raises
        ------
        TypeError, ValueError
            When `n` is no integer, or a negative one.
        SessionError
            When the session has been stopped.

        Examples
        --------
        >>> decisions = scheduler.decisions(5)
        >>> reasons = [victim.reason for decision in decisions for victim in decision.victims]
        >>> len(decisions) <= 5
        True
        """
        rows = self._access.decisions(count_of(n))
        return Rows(record(DecisionView, decision_fields(row)) for row in rows)

    def _register_awaited(self) -> None:
        """Register the policy of the settings if it is written in Python and not there yet."""
        self._access.register_awaited()

    def __repr__(self) -> str:
        known = self._access.application_id if self._access.alive else "ended"
        return f"Scheduler({known})"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the tasks, executors, decisions and figures of now."""
        if not self._access.alive:
            return sections_html(repr(self), {})
        tables = {
            "Tasks": rows_html(self.tasks()),
            "Executors": rows_html(self.executors()),
            "Last decisions": rows_html(self.decisions(_DECISIONS_SHOWN)),
            "Since the session started": self.statistics()._repr_html_(),
        }
        return sections_html(f"{self!r}, policy {self.policy}", tables)


def scheduler(spark: SparkSession | SparkContext) -> Scheduler:
    """Return the Neptune scheduler behind a session.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    spark : SparkSession | SparkContext
        A SparkSession, or a SparkContext, that was started with Neptune; also a session of Spark
        Connect on a server with Neptune.

    Returns
    -------
    Scheduler
        For the session's tasks, figures and policy.

    Raises
    ------
    SessionError
        For a stopped session, one without Neptune, or one whose jar is of another version than this
        package.

    Examples
    --------
    >>> neptune_spark.scheduler(spark).tasks()
    []
    """
    return Scheduler(spark)


def _access_to(spark: SparkSession | SparkContext) -> SchedulerAccess:
    # Where there is Spark Connect only, there is no py4j, and PySpark has no context to import.
    if type(spark).__module__.startswith("pyspark.sql.connect"):
        from neptune_spark._sql_scheduler import SqlScheduler

        return SqlScheduler(spark)  # type: ignore[arg-type]  # no subclass of it before Spark 4

    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    from neptune_spark._jvm_scheduler import JvmScheduler

    if isinstance(spark, SparkContext):
        return JvmScheduler(spark)
    if isinstance(spark, SparkSession):
        return JvmScheduler(spark.sparkContext)
    raise SessionError(
        "neptune_spark.scheduler() takes a SparkSession or a SparkContext, not "
        f"{type(spark).__name__}."
    )
