"""The running scheduler as Python sees it, and what may be changed at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neptune_spark._arguments import target_of, task_id_of
from neptune_spark._scheduler_views import SchedulerViews
from neptune_spark._settings import BY_NAME, PRIORITY
from neptune_spark._tables import rows_html, sections_html

if TYPE_CHECKING:
    from pyspark.sql.streaming.query import StreamingQuery

#: How many decisions a notebook shows of a scheduler.
_DECISIONS_SHOWN = 5


class Scheduler(SchedulerViews):
    """The Neptune scheduler of one session; get it from `neptune_spark.scheduler(spark)`.

    .. versionadded:: 0.1.0

    Notes
    -----
    THREADING: any thread may call any method; each is one call into the driver's JVM or, over Spark
    Connect, one SQL statement. There, a user may be refused access to others' jobs and tasks: see
    the setting spark.neptune.sql.control. A refused call raises the same error as a wrong one.

    Examples
    --------
    >>> scheduler = neptune_spark.scheduler(spark)
    >>> scheduler.tasks()
    []
    >>> scheduler.statistics().tasks_suspended
    0
    """

    def suspend(self, task_id: int) -> None:
        """Request that a task be suspended, until `resume()` or until it is killed.

        If its executor is decommissioned, the task resumes as well, because the executor waits for
        it to end.

        Returns at once; `tasks()` shows the state "suspended" once the task has stopped. If the
        task is already suspended, its suspension becomes a manual one.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        task_id : int
            `TaskView.task_id` of the task.

        Raises
        ------
        TaskError
            If the task is unknown, has ended or cannot be suspended.
        SessionError
            If the session has been stopped.

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
        """End a manual suspension, if any: the task continues once there is a core for it.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        task_id : int
            `TaskView.task_id` of the task.

        Raises
        ------
        TaskError
            If the task is unknown or has ended.
        SessionError
            If the session has been stopped.

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
        """Change the priority of jobs, including running ones.

        Running and pending tasks change at once, and work shared with other jobs follows. The
        priority of one job or SQL execution ends with it; those of groups, tags and streaming
        queries, restarted ones included, also apply to future jobs, until they are withdrawn. They
        take precedence over all other ways to set a priority; if several apply to a job, that by
        job comes before those by query, tag and group.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        priority : str | int | None
            "low", "normal", "high", or any 32-bit integer; None to withdraw it.
        job_id : int | None, optional
            Spark's id of one job.
        job_group : str | None, optional
            The group of jobs, as in SparkContext.setJobGroup().
        tag : str | None, optional
            A tag of jobs, as in SparkContext.addJobTag() and SparkSession.addTag().
        query : StreamingQuery | str | int | None, optional
            A streaming query, its id, or its name while it is active; or the id of a SQL
            execution, as shown in the SQL tab.

        Returns
        -------
        int
            How many live jobs are affected, as far as is known: none for a stream between two
            batches. On a server, a user's jobs get at most the user's limit
            (`spark.neptune.maxPriority`).

        Raises
        ------
        SettingError
            For an invalid priority.
        TypeError
            If not exactly one of the four is given.
        TaskError
            For a job or a query that never existed, or a name that no active query has.
        SessionError
            If the session has been stopped.

        Examples
        --------
        >>> scheduler.set_priority("low", job_group="nightly")
        0
        >>> scheduler.set_priority(None, job_group="nightly")
        0
        """
        level = "" if priority is None else PRIORITY.parse(priority)
        named = {"job_id": job_id, "job_group": job_group, "tag": tag, "query": query}
        kind, name = target_of("set_priority", self._access.session, **named)
        return self._access.set_priority(kind, name, level)

    def set_limit(
        self,
        *,
        max_cores: str | float | None = None,
        max_tasks: int | None = None,
        pool: str | None = None,
        user: str | None = None,
        rule: str | None = None,
        job_id: int | None = None,
    ) -> int:
        """Change the limits of jobs, including running ones.

        Tasks over a lowered limit are suspended at once, the last launched first, until the limit
        is raised or other tasks of the same limit end. Meanwhile, tasks of any level may use their
        cores. A raised limit applies from the next round of offers on. A limit that is None is as
        configured: a call without any limit withdraws those of an earlier call.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        max_cores : str | int | float | None, optional
            How many cores the jobs may hold at once, all together: a number, or a share of all
            cores such as "25%".
        max_tasks : int | None, optional
            How many of their tasks may run at once, all together.
        pool : str | None, optional
            Limits the jobs of a pool.
        user : str | None, optional
            Limits the jobs of a user of a Connect or Thrift server.
        rule : str | None, optional
            Limits the jobs that match a rule of the application's settings.
        job_id : int | None, optional
            Limits a single job, by Spark's id, with all other jobs of its SQL execution.

        Returns
        -------
        int
            How many live jobs are affected, as far as is known.

        Raises
        ------
        SettingError
            For an invalid limit.
        TypeError
            If not exactly one of the four is given.
        TaskError
            For a job that never existed, or a rule or a pool that does not exist.
        SessionError
            If the session has been stopped.

        Examples
        --------
        >>> scheduler.set_limit(pool="etl", max_cores="50%")
        0
        >>> scheduler.set_limit(pool="etl")
        0
        """
        cores = "" if max_cores is None else BY_NAME["max_cores"].parse(max_cores)
        tasks = "" if max_tasks is None else BY_NAME["max_tasks"].parse(max_tasks)
        kind, name = target_of("set_limit", pool=pool, user=user, rule=rule, job_id=job_id)
        return self._access.set_limit(kind, name, cores, tasks)

    @property
    def policy(self) -> str:
        """Name of the policy that picks the victims, as in the setting spark.neptune.policy.

        Setting it puts another policy in force, from the next decision on: one of Neptune's, the
        name of a class on the class path, or `python:module:Class`.

        .. versionadded:: 0.1.0

        Raises
        ------
        SettingError
            If the name is not accepted, or the policy can't be instantiated; the previous policy
            then stays in force.
        SessionError
            If the session has been stopped.

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
        shares = self.shares()
        tables = {
            "Tasks": rows_html(self.tasks()),
            "Executors": rows_html(self.executors()),
            **({"Shares": rows_html(shares)} if shares else {}),
            "Last decisions": rows_html(self.decisions(_DECISIONS_SHOWN)),
            "Since the session started": self.statistics()._repr_html_(),
        }
        return sections_html(f"{self!r}, policy {self.policy}", tables)
