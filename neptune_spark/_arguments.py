"""What may be handed to the scheduler, checked before py4j gets it."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from neptune_spark._errors import TaskError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_INT32_MAX = 2**31 - 1


def task_id_of(value: object) -> int:
    """Return a task id, or raise a TaskError for what can be none."""
    # py4j answers with an unreadable signature error to what is no Long of the JVM's.
    number = _integer(value)
    if number is None or not -(2**63) <= number < 2**63:
        raise TaskError(f"a task id is an integer (TaskView.task_id), not {value!r}.")
    return number


def _integer(value: object) -> int | None:
    """Return an integer of any library, as a table's column has; None for all else, and bool."""
    return int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None


def count_of(value: object) -> int:
    """Return how many decisions are wanted.

    Raises
    ------
    TypeError, ValueError
        When it is no integer, or none that the JVM takes.
    """
    wrong = f"decisions() takes how many to return, 0 or a positive integer, not {value!r}."
    number = _integer(value)
    if number is None:
        raise TypeError(wrong)
    if not 0 <= number <= _INT32_MAX:
        raise ValueError(wrong)
    return number


#: What the scheduler calls the ways to name jobs, and what each takes; for queries see below.
_KINDS: Mapping[str, tuple[str, type]] = MappingProxyType(
    {
        "job_id": ("job", int),
        "job_group": ("group", str),
        "tag": ("tag", str),
        "pool": ("pool", str),
        "user": ("user", str),
        "rule": ("rule", str),
    }
)


def target_of(
    function: str, session: SparkSession | None = None, **targets: object
) -> tuple[str, str]:
    """Return what jobs are named by, job, query or pool, say, and how, for a method.

    A streaming query's name is looked for in the session, or in the active one.

    Raises
    ------
    TypeError
        When they are not named in exactly one way, or by what names none.
    TaskError
        For a name that no active streaming query has.
    """
    named = {way: value for way, value in targets.items() if value is not None}
    if len(named) != 1:
        ways = " or ".join(named) if named else f"one of {', '.join(targets)}"
        raise TypeError(f"{function}() selects jobs in exactly one way: {ways}.")
    ((way, value),) = named.items()
    if way == "query":
        return "query", _query_of(value, session)
    kind, wanted = _KINDS[way]
    if wanted is int and (number := _integer(value)) is not None:
        return kind, str(number)
    if wanted is int or not isinstance(value, wanted):
        raise TypeError(
            f"{function}() got {way}={value!r}, which is not of type {wanted.__name__}."
        )
    return kind, str(value)


def _query_of(value: object, session: SparkSession | None) -> str:
    """Return the id of a streaming query, or of an execution of SQL."""
    if hasattr(value, "runId") and hasattr(value, "id"):
        return str(value.id)
    if (number := _integer(value)) is not None:
        return str(number)
    if not isinstance(value, str):
        raise TypeError(
            f"set_priority() got query={value!r}: give a StreamingQuery, its name or id, or the id "
            "of an execution of SQL."
        )
    try:
        return str(UUID(value))
    except ValueError:
        return _id_of_stream(value, session)


def _id_of_stream(name: str, session: SparkSession | None) -> str:
    if session is None:
        from pyspark.sql import SparkSession

        session = SparkSession.getActiveSession()
    active = [] if session is None else session.streams.active
    for query in active:
        if query.name == name:
            return str(query.id)
    known = ", ".join(repr(query.name) for query in active if query.name)
    raise TaskError(
        f"no active streaming query of this session has the name {name!r}"
        f"{f' (there are {known})' if known else ''}: give the StreamingQuery, or its id."
    )
