"""The scheduler in the driver's JVM by py4j: where it is, and what its errors are here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from neptune_spark._errors import NeptuneError, SessionError, SettingError, TaskError
from neptune_spark._jar_version import check_jar_version
from neptune_spark._policy.callback import register
from neptune_spark._policy.loading import is_python, make_policy
from neptune_spark._scheduler_access import Row, Rows, SchedulerAccess, stopped

if TYPE_CHECKING:
    from py4j.java_gateway import JavaObject
    from pyspark import SparkContext

T = TypeVar("T")

#: The class of the scheduler in a session with Neptune; on some masters it is of a subclass.
SCHEDULER_CLASS = "org.apache.spark.neptune.driver.scheduler.NeptuneTaskScheduler"


class JvmScheduler(SchedulerAccess):
    """The way by py4j, for a session whose driver's JVM is this process's.

    Attributes
    ----------
    neptune : JavaObject
        What the scheduler shows of itself.
    """

    def __init__(self, context: SparkContext) -> None:
        self._context = context
        self.neptune: JavaObject = find(context)

    @property
    def alive(self) -> bool:
        return self._context._jsc is not None

    @property
    def application_id(self) -> str:
        return str(self._context.applicationId)

    def tasks(self) -> Rows:
        rows: Rows = self._asked(lambda: self.neptune.tasks())
        return rows

    def executors(self) -> Rows:
        rows: Rows = self._asked(lambda: self.neptune.executors())
        return rows

    def shares(self) -> Rows:
        rows: Rows = self._asked(lambda: self.neptune.shares())
        return rows

    def statistics(self) -> Row:
        rows: Row = self._asked(lambda: self.neptune.statistics())
        return rows

    def decisions(self, n: int) -> Rows:
        rows: Rows = self._asked(lambda: self.neptune.decisions(n))
        return rows

    def policy(self) -> str:
        return self._call(lambda: str(self.neptune.policy()))

    def set_policy(self, name: str) -> None:
        if is_python(name):
            policy = make_policy(name)
            self._call(lambda: register(self._context, self.neptune, name, policy), SettingError)
        else:
            self._call(lambda: self.neptune.setPolicy(name), SettingError)

    def register_awaited(self) -> None:
        if self._call(lambda: bool(self.neptune.isPolicyAwaited())):
            self.set_policy(self.policy())

    def suspend(self, task_id: int) -> None:
        self._call(lambda: self.neptune.suspend(task_id))

    def resume(self, task_id: int) -> None:
        self._call(lambda: self.neptune.resume(task_id))

    def set_priority(self, kind: str, name: str, level: str) -> int:
        return self._call(lambda: int(self.neptune.setPriority(kind, name, level)))

    def set_limit(self, kind: str, name: str, max_cores: str, max_tasks: str) -> int:
        return self._call(lambda: int(self.neptune.setLimit(kind, name, max_cores, max_tasks)))

    def _asked(self, ask: Callable[[], str]) -> Any:
        return json.loads(self._call(ask))

    def _call(self, act: Callable[[], T], refusal: type[NeptuneError] = TaskError) -> T:
        """Call into the JVM; raise what that refuses as an illegal argument as `refusal`."""
        from py4j.protocol import Py4JError, Py4JNetworkError
        from pyspark.errors import PySparkException

        if not self.alive:
            raise stopped()
        try:
            return act()
        except Py4JNetworkError as e:
            raise stopped() from e
        except (Py4JError, PySparkException) as e:
            raise translated(e, refusal) from e


def find(context: SparkContext) -> JavaObject:
    """Return the scheduler behind a context.

    Raises
    ------
    SessionError
        When the context is stopped, or without Neptune, or its jar is of another version.
    """
    if context._jsc is None:
        raise stopped()
    task_scheduler = context._jsc.sc().taskScheduler()
    if task_scheduler is None:
        raise stopped()
    found = task_scheduler.getClass()
    if SCHEDULER_CLASS not in _with_superclasses(found):
        raise SessionError(
            f"this session runs without Neptune (its scheduler is {found.getName()}): start it "
            "with neptune_spark.builder(), neptune_spark.configure(...) or `neptune-spark submit`."
        )
    check_jar_version(context._jvm)
    return task_scheduler.neptune()


def _with_superclasses(found: JavaObject | None) -> Iterator[str]:
    while found is not None:
        yield str(found.getName())
        found = found.getSuperclass()


def translated(error: Exception, refusal: type[NeptuneError]) -> NeptuneError:
    """Return the JVM's own sentence, without the class names and the stack trace around it."""
    # py4j attaches the Java exception under the one name, PySpark, once patched in, the other.
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is None:
        return NeptuneError(f"the call into the scheduler failed: {error}")
    if java.getClass().getName() == "java.lang.IllegalArgumentException":
        return refusal(str(java.getMessage()))
    return NeptuneError(f"the scheduler failed: {java.toString()}")
