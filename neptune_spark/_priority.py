"""The priority of the jobs that a thread submits: said to its session, and taken back."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from neptune_spark._errors import SessionError
from neptune_spark._settings import BLOCK_PRIORITY, BLOCK_TAG, PRIORITY

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql.connect.session import SparkSession as ConnectSession
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

    With Spark Connect it sets a tag of the thread's session, `neptune.block=...`, in place of an
    outer block's: that of the active session, or, in a thread without one, of the default session.
    `pyspark-client` is all that it needs there.

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
        On entry, when there is neither an active SparkContext nor a Spark Connect session.
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
        # THREADING: one stack per thread of what takes the level back, as it is said per thread.
        self._entered = threading.local()

    def __repr__(self) -> str:
        return f"priority({self._level!r})"

    def __enter__(self) -> None:
        self._stack().append(_say(self._level))

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack().pop().close()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        _require_plain_function(function)

        @functools.wraps(function)
        def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            with self:
                return function(*args, **kwargs)

        return wrapper

    def _stack(self) -> list[ExitStack]:
        if not hasattr(self._entered, "stack"):
            self._entered.stack = []
        stack: list[ExitStack] = self._entered.stack
        return stack


def _say(level: str) -> ExitStack:
    """Say the level wherever the thread's jobs go; closing what is returned takes it back."""
    context = _active_context()
    session = _connect_session()
    if context is None and session is None:
        raise SessionError(
            "neptune_spark.priority() needs a running Spark session, and there is none in this "
            "process: start one first, e.g. with neptune_spark.builder().getOrCreate(), or, for "
            "Spark Connect, with SparkSession.builder.remote(...).getOrCreate()."
        )
    takes_back = ExitStack()
    if context is not None:
        former = context.getLocalProperty(BLOCK_PRIORITY)
        context.setLocalProperty(BLOCK_PRIORITY, level)
        takes_back.callback(_put_back, context, former)
    if session is not None:
        outer = [tag for tag in session.getTags() if tag.startswith(BLOCK_TAG)]
        _replace_tags(session, outer, [BLOCK_TAG + level])
        takes_back.callback(_replace_tags, session, [BLOCK_TAG + level], outer)
    return takes_back


def _put_back(context: SparkContext, former: str | None) -> None:
    # A context that was stopped inside the block took its local properties with it.
    if context._jsc is not None:
        context.setLocalProperty(BLOCK_PRIORITY, former)  # type: ignore[arg-type]  # None removes it


def _replace_tags(session: ConnectSession, old: list[str], new: list[str]) -> None:
    # Only the client knows them: no server is asked, and a stopped session does no harm.
    for tag in old:
        session.removeTag(tag)
    for tag in new:
        session.addTag(tag)


def _active_context() -> SparkContext | None:
    """Return the context of a classic session, or of one's own Spark Connect server."""
    try:
        from pyspark import SparkContext
    except ImportError:  # pyspark-client has none.
        return None
    context = SparkContext._active_spark_context
    return context if context is not None and context._jsc is not None else None


def _connect_session() -> ConnectSession | None:
    """Return the session that `SparkSession.active()` would, if it is one of Spark Connect."""
    # Who has none need not be able to import it: it wants grpc, pandas and pyarrow.
    module = sys.modules.get("pyspark.sql.connect.session")
    if module is None:
        return None
    sessions = (module.SparkSession.getActiveSession(), module.SparkSession._default_session)
    return next((each for each in sessions if each is not None and not each.is_stopped), None)


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
