"""What a scheduler tells: its tasks, executors, shares, figures and decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neptune_spark._arguments import count_of
from neptune_spark._policy.decisions import DecisionView, decision_fields
from neptune_spark._scheduler_way import access_to
from neptune_spark._shares import ShareView
from neptune_spark._tables import Rows
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


class SchedulerViews:
    """The part of a `Scheduler` that changes nothing."""

    def __init__(self, spark: SparkSession | SparkContext) -> None:
        self._access = access_to(spark)

    def tasks(self) -> list[TaskView]:
        """Return the live tasks, including suspended ones, by task id.

        .. versionadded:: 0.1.0

        Returns
        -------
        list[TaskView]
            Tasks that hold, have lent or await a core.

        Raises
        ------
        SessionError
            If the session has been stopped.

        Examples
        --------
        >>> [(task.task_id, task.priority, task.state) for task in scheduler.tasks()]
        []
        """
        views = (record(TaskView, row) for row in self._access.tasks())
        return Rows(sorted(views, key=lambda task: task.task_id))

    def executors(self) -> list[ExecutorView]:
        """Return the executors, and what they and their Python workers use, by executor id.

        .. versionadded:: 0.1.0

        Returns
        -------
        list[ExecutorView]
            Executors that have offered cores.

        Raises
        ------
        SessionError
            If the session has been stopped.

        Examples
        --------
        >>> [(executor.executor_id, executor.cores) for executor in scheduler.executors()]
        [('driver', 2.0)]
        """
        return Rows(executor_view(row) for row in self._access.executors())

    def shares(self) -> list[ShareView]:
        """Return who shares the cores of each level, and what they hold, are due and have used.

        These are the pools, with spark.neptune.order=fair, or the SQL executions and other jobs,
        with feedback, that have work or had some in the last 10 minutes.

        .. versionadded:: 0.1.0

        Returns
        -------
        list[ShareView]
            Highest level first, then by first arrival; none where the order is spark.

        Raises
        ------
        SessionError
            If the session has been stopped.

        Examples
        --------
        >>> [(share.party, share.cores_held, share.cores_due) for share in scheduler.shares()]
        []
        """
        return Rows(record(ShareView, row) for row in self._access.shares())

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
            If the session has been stopped.

        Examples
        --------
        >>> latency = scheduler.statistics().suspend_latency
        >>> latency.p50_s <= latency.p99_s <= latency.max_s
        True
        """
        return statistics_view(self._access.statistics())

    def decisions(self, n: int = 20) -> list[DecisionView]:
        """Return the last notable decisions, newest first.

        These are decisions that suspended tasks, left pending tasks without a core, or were made by
        lb because the policy gave no answer, and those that changed the cores of a streaming query
        with a latency target. One that only repeats the previous one of its priority is left out.
        The scheduler keeps the last 1000. Tasks that a limit holds are suspended without a
        decision: for these, see *For whom* in the UI's tab.

        .. versionadded:: 0.1.0

        Parameters
        ----------
        n : int, optional
            The maximum number to return.

        Returns
        -------
        list[DecisionView]
            At most `n`.

        Raises
        ------
        TypeError, ValueError
            If `n` is not an integer, or is negative.
        SessionError
            If the session has been stopped.

        Examples
        --------
        >>> decisions = scheduler.decisions(5)
        >>> reasons = [victim.reason for decision in decisions for victim in decision.victims]
        >>> len(decisions) <= 5
        True
        """
        rows = self._access.decisions(count_of(n))
        return Rows(record(DecisionView, decision_fields(row)) for row in rows)
