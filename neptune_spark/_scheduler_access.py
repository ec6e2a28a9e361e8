"""What a `Scheduler` needs of the way to the JVM's; there is one by py4j and one by SQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Dict, List

from neptune_spark._errors import SessionError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Row = Dict[str, Any]
Rows = List[Row]


class SchedulerAccess(ABC):
    """Asks and tells the scheduler of one session.

    Rows have the names of the views that are made of them. Each method but `alive` and
    `application_id` raises a SessionError when the session has been stopped.
    """

    #: Where streaming queries are looked for by their names; None: in the active session.
    session: SparkSession | None = None

    @property
    @abstractmethod
    def alive(self) -> bool:
        """Whether the session has not been stopped."""

    @property
    @abstractmethod
    def application_id(self) -> str:
        """Spark's id of the application."""

    @abstractmethod
    def tasks(self) -> Rows:
        """Return the rows of `TaskView`."""

    @abstractmethod
    def executors(self) -> Rows:
        """Return the rows of `ExecutorView`."""

    @abstractmethod
    def shares(self) -> Rows:
        """Return the rows of `ShareView`."""

    @abstractmethod
    def statistics(self) -> Row:
        """Return the fields of `Statistics`."""

    @abstractmethod
    def decisions(self, n: int) -> Rows:
        """Return the last rows of `DecisionView`."""

    @abstractmethod
    def policy(self) -> str:
        """Return the name of the policy in force."""

    @abstractmethod
    def set_policy(self, name: str) -> None:
        """Put a policy in force; raise a SettingError for one that can't be."""

    @abstractmethod
    def register_awaited(self) -> None:
        """Register the policy of the settings if it is written in Python and not there yet."""

    @abstractmethod
    def suspend(self, task_id: int) -> None:
        """Suspend a task; raise a TaskError if it can't be."""

    @abstractmethod
    def resume(self, task_id: int) -> None:
        """Resume a task; raise a TaskError if it is not live."""

    @abstractmethod
    def set_priority(self, kind: str, name: str, level: str) -> int:
        """Give jobs, named by job, group, tag or query, a level, or take it back where that is "".

        Returns how many live jobs it is about; raises a TaskError for jobs that can't be found.
        """

    @abstractmethod
    def set_limit(self, kind: str, name: str, max_cores: str, max_tasks: str) -> int:
        """Give jobs, named by job, pool, user or rule, limits; where one is "" it is as configured.

        Returns how many live jobs it is about; raises a TaskError for what there is not.
        """


def stopped() -> SessionError:
    """Return the error of a session that is no more."""
    return SessionError("the Spark session has been stopped: start a new one.")
