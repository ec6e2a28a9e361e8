"""Tells the hub which Spark task runs, at the moment when PySpark's worker learns it itself.

The only module that knows how PySpark's worker announces a task, in all supported versions:
`TaskContext._setTaskContext(context)` at its beginning, with None once its function has run. A task
that fails ends with its process (`pyspark.worker.main`, PySpark 4.x).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from pyspark.taskcontext import BarrierTaskContext, TaskContext

from neptune_spark.worker.current import CurrentHub

SOCKET_PROPERTY = "spark.neptune.python.socket"
"""The local property that names the executor's control socket; unset: do not suspend this task."""


def announce_tasks(hub: Callable[[], CurrentHub]) -> None:
    """From now on, tell this process's hub of each suspendable task. Call this once.

    Nothing of ours is on the stack while a task runs.

    Parameters
    ----------
    hub : Callable[[], CurrentHub]
        Returns the hub, and makes it when it is first called: that is after the fork, so that
        processes share neither a thread nor a connection.
    """
    original = TaskContext.__dict__["_setTaskContext"].__func__

    @wraps(original)
    def set_task_context(cls: type[TaskContext], context: TaskContext | None) -> Any:
        result = original(cls, context)
        if context is not None:
            announce(hub, context)
        elif cls is TaskContext:
            hub().end()
        return result

    TaskContext._setTaskContext = classmethod(set_task_context)  # type: ignore[method-assign,assignment]  # the wrap


def announce(hub: Callable[[], CurrentHub], context: TaskContext) -> None:
    """Begin the task of `context` with the hub, if it may be suspended.

    A task of a barrier stage may not, whatever its properties say: the rest of its gang would wait.
    """
    if isinstance(context, BarrierTaskContext):
        return
    address = context.getLocalProperty(SOCKET_PROPERTY)
    if address:
        hub().begin(context.taskAttemptId(), address)


@contextmanager
def attached(hub: CurrentHub, context: TaskContext) -> Iterator[None]:
    """Have `hub` take what runs in this context for the task of `context`."""
    announce(lambda: hub, context)
    try:
        yield
    finally:
        hub.end()
