"""What is said of the jobs that a thread submits: said to its session, and taken back."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from neptune_spark._errors import SessionError

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql.connect.session import SparkSession as ConnectSession
    from typing_extensions import ParamSpec, TypeVar

    P = ParamSpec("P")
    R = TypeVar("R")


class Said(NamedTuple):
    """One thing that a block says."""

    local_property: str
    """Where Spark keeps it: no setting of a session overwrites it."""
    tag_start: str
    """What comes before the value in a tag of a Spark Connect session, which has no properties."""
    value: str


class Block:
    """A context manager and a decorator for the jobs that are submitted inside.

    Parameters
    ----------
    name : str
        The user's name of it, for errors: "priority".
    what : str
        What jobs outside lack, for errors.
    said : list[Said]
        What it says of the jobs.
    """

    def __init__(self, name: str, what: str, said: list[Said]) -> None:
        self._name, self._what, self._said = name, what, said
        # THREADING: one stack per thread of what takes it back, as it is said per thread.
        self._entered = threading.local()

    def __enter__(self) -> None:
        self._stack().append(_say(self._said, self._name))

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack().pop().close()

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        _require_plain_function(function, self._name, self._what)

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


def _say(said: list[Said], by: str) -> ExitStack:
    """Say it wherever the thread's jobs go; closing what is returned takes it back."""
    context = _active_context()
    session = _connect_session()
    if context is None and session is None:
        raise SessionError(
            f"neptune_spark.{by}() needs a running Spark session, and there is none in this "
            "process: start one first, e.g. with neptune_spark.builder().getOrCreate(), or, for "
            "Spark Connect, with SparkSession.builder.remote(...).getOrCreate()."
        )
    takes_back = ExitStack()
    for each in said:
        if context is not None:
            former = context.getLocalProperty(each.local_property)
            context.setLocalProperty(each.local_property, each.value)
            takes_back.callback(_put_back, context, each.local_property, former)
        if session is not None:
            outer = [tag for tag in session.getTags() if tag.startswith(each.tag_start)]
            _replace_tags(session, outer, [each.tag_start + each.value])
            takes_back.callback(_replace_tags, session, [each.tag_start + each.value], outer)
    return takes_back


def _put_back(context: SparkContext, key: str, former: str | None) -> None:
    # A context that was stopped inside the block took its local properties with it.
    if context._jsc is not None:
        context.setLocalProperty(key, former)  # type: ignore[arg-type]  # None removes it


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


def _require_plain_function(function: Callable[P, R], by: str, what: str) -> None:
    name = getattr(function, "__qualname__", repr(function))
    if inspect.isclass(function) or not callable(function):
        raise TypeError(f"{by}() decorates functions, and {name} is not one: decorate a method.")
    # An instance with a __call__ hides the kind of its body from inspect.
    for body in (function, type(function).__call__):
        if (
            inspect.isgeneratorfunction(body)
            or inspect.iscoroutinefunction(body)
            or inspect.isasyncgenfunction(body)
        ):
            raise TypeError(
                f"{by}() cannot decorate {name}: the body of a generator or async function "
                f"runs after the call has returned, without the {what}; use "
                f"`with neptune_spark.{by}(...)` around each action inside it."
            )
