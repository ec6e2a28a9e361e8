"""How a task's own code controls its suspension. Outside a task, none of it has any effect."""

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

    A suspension requested meanwhile takes place at the end of the outermost section, or in a
    `yield_point`. It is postponed by at most `spark.neptune.python.noSuspendMax`: then the task is
    suspended anyway, and a warning in the executor's log names the place of the section.

    A section in any thread of the task counts. It also works as a decorator.

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

    Use it in a long section where a suspension does no harm, such as between two transactions, and
    in code that installs a handler for every signal number there is: suspension needs an unused
    one. It costs next to nothing, and does nothing outside a task.

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

    In Neptune's own workers, where every task is suspendable, and outside tasks, the function runs
    unchanged.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    function : Callable[P, R]
        A function that a task calls, as for `mapPartitions`. If it returns an iterator, the task
        can be suspended until that is exhausted; otherwise, until the function returns.

    Returns
    -------
    Callable[P, R]
        A function with the same parameters and result.

    Raises
    ------
    TypeError
        If `function` is not callable.

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
