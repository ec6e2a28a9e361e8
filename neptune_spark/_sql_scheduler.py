"""The scheduler by its functions of SQL, for sessions without a JVM of their own: Spark Connect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from neptune_spark._errors import NeptuneError, SessionError, SettingError, TaskError
from neptune_spark._policy.decisions import DecisionView
from neptune_spark._scheduler_access import Row, Rows, SchedulerAccess, stopped
from neptune_spark._version import __version__

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What the functions that set something call the ways to name jobs.
_PARAMETERS = {
    "job": "job_id",
    "group": "job_group",
    "tag": "tag",
    "query": "query",
    "pool": "pool",
    "user": "user_name",
    "rule": "rule",
}

#: SQL has a time where Python has seconds since the epoch.
_DECISION_COLUMNS = ", ".join(
    "unix_micros(time) / 1e6D AS time" if field.name == "time" else field.name
    for field in fields(DecisionView)
)

#: What Spark puts before and after the sentence of an error.
_AROUND = re.compile(r"^(\([\w.$]+\) )?(?P<sentence>.*?)(\n+JVM stacktrace:.*)?$", re.S)


class SqlScheduler(SchedulerAccess):
    """The way by SQL.

    Parameters
    ----------
    session : SparkSession
        A session of Spark Connect.

    Raises
    ------
    SessionError
        When the session is stopped, or its server runs without Neptune or with another version.
    """

    def __init__(self, session: SparkSession) -> None:
        self.session: SparkSession = session
        found = str(self._ask("neptune_version")[0]["version"])
        if found != __version__:
            raise SessionError(
                f"the Spark Connect server runs neptune-spark {found}, but {Path(__file__).parent} "
                f"is {__version__}: install the same version here, or there."
            )

    @property
    def alive(self) -> bool:
        return not getattr(self.session, "is_stopped", False)

    @property
    def application_id(self) -> str:
        return str(self.session.conf.get("spark.app.id"))

    def tasks(self) -> Rows:
        return self._ask("neptune_tasks")

    def executors(self) -> Rows:
        return self._ask("neptune_executors")

    def shares(self) -> Rows:
        return self._ask("neptune_shares")

    def statistics(self) -> Row:
        return self._ask("neptune_statistics")[0]

    def decisions(self, n: int) -> Rows:
        return self._ask("neptune_decisions", columns=_DECISION_COLUMNS, arguments={"n": n})

    def policy(self) -> str:
        return str(self._ask("neptune_policy")[0]["policy"])

    def set_policy(self, name: str) -> None:
        self._ask("neptune_set_policy", SettingError, arguments={"policy": name})

    def register_awaited(self) -> None:
        """Do nothing: a policy in Python is the application's own, on the server."""

    def suspend(self, task_id: int) -> None:
        self._ask("neptune_suspend", arguments={"task_id": task_id})

    def resume(self, task_id: int) -> None:
        self._ask("neptune_resume", arguments={"task_id": task_id})

    def set_priority(self, kind: str, name: str, level: str) -> int:
        arguments = {"priority": level or None, _PARAMETERS[kind]: name}
        (row,) = self._ask("neptune_set_priority", arguments=arguments)
        return int(row["jobs"])

    def set_limit(self, kind: str, name: str, max_cores: str, max_tasks: str) -> int:
        arguments = {
            "max_cores": max_cores or None,
            "max_tasks": max_tasks or None,
            _PARAMETERS[kind]: name,
        }
        (row,) = self._ask("neptune_set_limit", arguments=arguments)
        return int(row["jobs"])

    def _ask(
        self,
        function: str,
        refusal: type[NeptuneError] = TaskError,
        columns: str = "*",
        arguments: Mapping[str, Any] = MappingProxyType({}),
    ) -> Rows:
        """Return the rows of a function; raise what it refuses as `refusal`."""
        from pyspark.errors import PySparkException

        if not self.alive:
            raise stopped()
        passed = ", ".join(f"{name} => :{name}" for name in arguments)
        statement = f"SELECT {columns} FROM {function}({passed})"
        try:
            found = self.session.sql(statement, args=dict(arguments)).collect()
        except PySparkException as e:
            raise _translated(e, refusal) from e
        except Exception as e:
            # A channel that has been closed meanwhile raises what it likes.
            if self.alive:
                raise
            raise stopped() from e
        return [row.asDict(recursive=True) for row in found]


def _translated(error: Exception, refusal: type[NeptuneError]) -> NeptuneError:
    """Return the server's own sentence, as the error that it is in a classic session."""
    from pyspark.errors import AnalysisException, IllegalArgumentException

    text = str(error)
    if isinstance(error, AnalysisException) and "TABLE_VALUED_FUNCTION" in text:
        return SessionError(
            "the Spark Connect server runs without Neptune: start it with "
            "spark.plugins=org.apache.spark.neptune.NeptunePlugin and the jar that "
            "`neptune-spark jar` prints in spark.jars."
        )
    match = _AROUND.match(text)
    sentence = match["sentence"] if match else text
    if isinstance(error, IllegalArgumentException):
        if sentence.startswith("This application runs without Neptune"):
            return SessionError(sentence)
        return refusal(sentence)
    return NeptuneError(f"the scheduler failed: {sentence}")
