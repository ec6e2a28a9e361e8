"""Tells the hub which Spark task runs, at the moment when PySpark's worker learns it itself.

The only module that knows how PySpark's worker announces a task, in all supported versions
(`pyspark.worker.main`, read in 3.5, 4.0, 4.1, 4.2 and 4.3):

- its beginning: from 4.2 on by `TaskContext._setTaskContext(context)`. Earlier ones fill the
  context that they have, and then put the application's files on the path, by `add_path`;
- its end: `TaskContext._setTaskContext(None)`, once its function has run. A task that fails ends
  with its process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib import import_module
from typing import Any, Final

import pyspark
from pyspark.taskcontext import BarrierTaskContext, TaskContext

from neptune_spark.worker.current import CurrentHub

SOCKET_PROPERTY = "spark.neptune.python.socket"
"""The local property that names the executor's control socket; unset: do not suspend this task."""

_SETS_CONTEXT: Final = tuple(map(int, pyspark.__version__.split(".")[:2])) >= (4, 2)
"""Whether PySpark's worker sets the context of a task, if that is of no barrier stage."""


def announce_tasks(
    hub: Callable[[], CurrentHub], begins: Callable[[], None] = lambda: None
) -> None:
    """From now on, tell this process's hub of each suspendable task. Call this once.

    Nothing of ours is on the stack while a task runs.

    Parameters
    ----------
    hub : Callable[[], CurrentHub]
        Returns the hub, and makes it when it is first called: that is after the fork, so that
        processes share neither a thread nor a connection.
    begins : Callable[[], None]
        Is called when a task begins, suspendable or not.
    """
    original = TaskContext.__dict__["_setTaskContext"].__func__

    @wraps(original)
    def set_task_context(cls: type[TaskContext], context: TaskContext | None) -> Any:
        result = original(cls, context)
        if context is not None:
            begins()
            announce(hub, context)
        elif cls is TaskContext:
            hub().end()
        return result

    TaskContext._setTaskContext = classmethod(set_task_context)  # type: ignore[method-assign,assignment]  # the wrap
    if not _SETS_CONTEXT:
        _announce_when_filled(hub, begins)


def _announce_when_filled(hub: Callable[[], CurrentHub], begins: Callable[[], None]) -> None:
    """Do it when the worker puts the first file on the path: the context is complete by then."""
    owner: Any = import_module("pyspark.worker_util")
    if not hasattr(owner, "add_path"):  # PySpark 3.5
        owner = import_module("pyspark.worker")
    original = owner.add_path
    announced: TaskContext | None = None

    @wraps(original)
    def add_path(path: str) -> Any:
        nonlocal announced
        context = TaskContext.get()
        if context is not announced:
            announced = context
            # None: it is no worker of tasks, but one that plans for the driver.
            if context is not None:
                begins()
                announce(hub, context)
        return original(path)

    owner.add_path = add_path


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
