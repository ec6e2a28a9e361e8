"""The priority of the jobs that a thread submits: one Spark local property, set and put back."""

from __future__ import annotations

import functools
import inspect
import os
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from neptune_spark._errors import SessionError
from neptune_spark._settings import BLOCK_PRIORITY, PRIORITY

if TYPE_CHECKING:
    from pyspark import SparkContext
    from typing_extensions import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")


class priority:
    """Gives the jobs submitted inside it a priority. A context manager and a decorator.

    It sets the local property `neptune.priority` of the active SparkContext for the calling thread
    and puts the former value back at the end; nested uses therefore nest. It comes before what tags
    and the SQL session say (`SET spark.neptune.priority`). As with all of
    Spark's local properties, a thread started inside inherits the priority if it is a
    `pyspark.InheritableThread`, and a streaming query keeps the priority it was started under. In
    a session without Neptune the property is set too, and has no effect.

    One object may be entered again, and by several threads at once.

    .. versionadded:: 0.1.0

    Parameters
    ----------
    level : str | int
        "low", "normal", "high", or any integer of 32 bits; higher is more urgent.

    Raises
    ------
    SettingError
        For any other level.
    SessionError
        On entry, when there is no active SparkContext or Spark Connect is used.
    TypeError
        When it decorates a class, or a function whose body does not run during the call (a
        generator or an async function): its jobs would run without the priority.

    Examples
    --------
    >>> with neptune_spark.priority("low"):
    ...     spark.range(10).count()
    10

    >>> @neptune_spark.priority("high")
    ... def largest(n):
    ...     return spark.range(n).agg({"id": "max"}).first()[0]
    >>> largest(10)
    9
    """

    def __init__(self, level: str | int) -> None:
        self._level = PRIORITY.parse(level)
        # THREADING: one stack of (context, former value) per thread, as local properties are.
        self._entered = threading.local()

    def __repr__(self) -> str:
        return f"priority({self._level!r})"

    def __enter__(self) -> None:
        sc = _active_context()
        former = sc.getLocalProperty(BLOCK_PRIORITY)
        sc.setLocalProperty(BLOCK_PRIORITY, self._level)
        self._stack().append((sc, former))

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        sc, former = self._stack().pop()
        # A context that was stopped inside the block took its local properties with it.
        if sc._jsc is not None:
            sc.setLocalProperty(BLOCK_PRIORITY, former)  # type: ignore[arg-type]  # None removes it

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        _require_plain_function(function)

        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            with self:
                return function(*args, **kwargs)

        return wrapper

    def _stack(self) -> list[tuple[SparkContext, str | None]]:
        if not hasattr(self._entered, "stack"):
            self._entered.stack = []
        stack: list[tuple[SparkContext, str | None]] = self._entered.stack
        return stack


def _active_context() -> SparkContext:
    from pyspark import SparkContext

    sc = SparkContext._active_spark_context
    if sc is not None and sc._jsc is not None:
        return sc
    if "SPARK_CONNECT_MODE_ENABLED" in os.environ or "SPARK_REMOTE" in os.environ:
        raise SessionError(
            "neptune_spark.priority() cannot reach the jobs of a Spark Connect session: start a "
            "classic session (no .remote(), no SPARK_REMOTE)."
        )
    raise SessionError(
        "neptune_spark.priority() needs a running Spark session, and there is none in this "
        "process: start one first, e.g. with neptune_spark.builder().getOrCreate()."
    )


def _require_plain_function(function: Callable[P, R]) -> None:
    name = getattr(function, "__qualname__", repr(function))
    if inspect.isclass(function) or not callable(function):
        raise TypeError(f"priority() decorates functions, and {name} is none: decorate a method.")
    # An instance with a __call__ hides the kind of its body from inspect.
    for body in (function, type(function).__call__):
        if (
            inspect.isgeneratorfunction(body)
            or inspect.iscoroutinefunction(body)
            or inspect.isasyncgenfunction(body)
        ):
            raise TypeError(
                f"priority() cannot decorate {name}: the body of a generator or async function "
                "runs after the call has returned, without the priority; use "
                "`with neptune_spark.priority(...)` around each action inside it."
            )
