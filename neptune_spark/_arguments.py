"""What may be handed to the scheduler, checked before py4j gets it."""

from __future__ import annotations

from neptune_spark._errors import TaskError

_INT32_MAX = 2**31 - 1


def task_id_of(value: object) -> int:
    """Return a task id, or raise a TaskError for what can be none."""
    # py4j answers with an unreadable signature error to what is no Long of the JVM's.
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise TaskError(f"a task id is an integer (TaskView.task_id), not {value!r}.")
    return value


def count_of(value: object) -> int:
    """Return how many decisions are wanted.

    Raises
    ------
    TypeError, ValueError
        When it is no integer, or none that the JVM takes.
    """
    wrong = f"decisions() takes how many to return, 0 or a positive integer, not {value!r}."
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(wrong)
    if not 0 <= value <= _INT32_MAX:
        raise ValueError(wrong)
    return value
