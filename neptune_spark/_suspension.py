"""What a task's own code may say of its suspension. Outside a task, all of it does nothing."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from neptune_spark.worker import current

if TYPE_CHECKING:
    from typing_extensions import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")


@contextlib.contextmanager
def no_suspend() -> Iterator[None]:
    """Do not suspend this task inside this context: for a database transaction, a held lock.

    A suspension that is asked for meanwhile happens at the end of the outermost section, or in a
    `yield_point`. It is put off by `spark.neptune.python.noSuspendMax` at most: then the task is
    suspended all the same, and a warning in the executor's log names the place of the section.

    A section in any thread of the task counts. It works as a decorator, too.

    .. versionadded:: 0.1.0

    Yields
    ------
    None
        Outside a task it does nothing.

    Examples
    --------
    >>> import neptune_spark
    >>> def save(rows):
    ...     for row in rows:
    ...         with neptune_spark.no_suspend():
    ...             pass  # one transaction
    >>> save(range(3))
    """
    hub = current.hub()
    if hub is None or hub.task_id is None:
        yield
    else:
        with hub.section(_place_of_caller()):
            yield


def yield_point() -> None:
    """Let this task be suspended here, also in a `no_suspend` section.

    For the places in a long section where a suspension does no harm, between two transactions say,
    and for code that sets a handler of its own for every signal number there is: suspension needs
    one that nobody uses. Costs next to nothing, and nothing happens outside a task.

    .. versionadded:: 0.1.0

    Raises
    ------
    TaskCancelled
        The job was cancelled; derived from `BaseException`, for `finally` to see.

    Examples
    --------
    >>> import neptune_spark
    >>> @neptune_spark.no_suspend()
    ... def save(rows):
    ...     for row in rows:
    ...         neptune_spark.yield_point()  # between two transactions
    >>> save(range(3))
    """
    hub = current.hub()
    if hub is not None:
        hub.yield_point()


def suspendable(function: Callable[P, R]) -> Callable[P, R]:
    """Make a partition function suspendable in a worker that was not started by Neptune's daemon.

    In a worker of Neptune's, where every task is suspendable, and outside tasks, the function runs
    as it is.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    function : Callable[P, R]
        What a task calls, such as `mapPartitions` takes. If it returns an iterator, the task can be
        suspended until that is exhausted; else, until the function returns.

    Returns
    -------
    Callable[P, R]
        A function that takes and returns the same.

    Raises
    ------
    TypeError
        When `function` can't be called.

    Examples
    --------
    >>> import neptune_spark
    >>> @neptune_spark.suspendable
    ... def doubled(numbers):
    ...     return (2 * n for n in numbers)
    >>> list(doubled(range(3)))
    [0, 2, 4]
    """
    if not callable(function):
        raise TypeError(f"suspendable() takes a function that a task calls, not {function!r}.")

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        task = _task_to_attach()
        if task is None:
            return function(*args, **kwargs)
        with contextlib.ExitStack() as stack:
            stack.enter_context(task)
            result = function(*args, **kwargs)
            if isinstance(result, Iterator):
                return cast("R", _to_its_end(result, stack.pop_all()))
            return result

    return run


def _task_to_attach() -> contextlib.AbstractContextManager[None] | None:
    """Return what makes the current task suspendable, or None if it is, or if there is none."""
    from pyspark import TaskContext

    from neptune_spark.worker.hub import own_hub
    from neptune_spark.worker.task import attached

    context = TaskContext.get()
    hub = current.hub()
    if context is None or (hub is not None and hub.task_id is not None):
        return None
    return attached(hub or own_hub(), context)


def _to_its_end(items: Iterator[Any], task: contextlib.ExitStack) -> Iterator[Any]:
    with task:
        yield from items


def _place_of_caller() -> str:
    """Return file, line and function of the first frame that is not of this machinery."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename in (__file__, contextlib.__file__):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
