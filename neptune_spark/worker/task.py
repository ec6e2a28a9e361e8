"""Tells the hub which Spark task runs, at the moment when PySpark's worker learns it itself.

The only module that knows how PySpark's worker announces a task, in all supported versions:
`TaskContext._setTaskContext(context)` at its beginning, with None at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from pyspark.taskcontext import BarrierTaskContext, TaskContext

from neptune_spark.worker.hub import Hub

SOCKET_PROPERTY = "spark.neptune.python.socket"
"""The local property that names the executor's control socket; unset: do not suspend this task."""


def announce_tasks(hub: Hub) -> None:
    """From now on, call `hub.begin` for each suspendable task of this process. Call this once."""
    original = TaskContext.__dict__["_setTaskContext"].__func__

    @wraps(original)
    def set_task_context(cls: type[TaskContext], context: TaskContext | None) -> Any:
        result = original(cls, context)
        if context is not None:
            announce(hub, context)
        return result

    TaskContext._setTaskContext = classmethod(set_task_context)  # type: ignore[method-assign,assignment]  # the wrap


def announce(hub: Hub, context: TaskContext) -> None:
    """Begin the task of `context` with the hub, if it may be suspended.

    A task of a barrier stage may not, whatever its properties say: the rest of its gang would wait.
    """
    if isinstance(context, BarrierTaskContext):
        return
    socket_path = context.getLocalProperty(SOCKET_PROPERTY)
    if socket_path:
        hub.begin(context.taskAttemptId(), socket_path)


@contextmanager
def attached(hub: Hub, context: TaskContext) -> Iterator[None]:
    """Have `hub` take what runs in this context for the task of `context`."""
    with hub.attached():
        announce(hub, context)
        yield
