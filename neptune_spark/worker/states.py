"""The life of a worker's task, as the worker sees it: every state, every event, every move.

A message for another task than the current one is no event: the hub drops it before it gets here.
"""

from __future__ import annotations

from enum import Enum, auto
from types import MappingProxyType

from neptune_spark.worker.errors import IllegalTransition


class State(Enum):
    """Where the life of the worker's task is."""

    IDLE = auto()
    """No task is known to the executor: none runs, or one that cannot be suspended."""
    RUNNING = auto()
    """The executor was told of the task, which runs."""
    DEFERRING = auto()
    """The task is to be suspended, and runs to the end of a section that must not be."""
    SUSPENDED = auto()
    """The task is suspended; its greenlet waits for the hub."""
    CANCELLING = auto()
    """`TaskCancelled` is on its way through the task, whose `finally` blocks run to their end."""


class Event(Enum):
    """What can happen to the worker's task."""

    BEGIN = auto()
    """The task is known: its context is set."""
    END = auto()
    """The task returned or raised."""
    SUSPEND = auto()
    """The task is to be suspended here and now."""
    DEFER = auto()
    """The executor asks to suspend a task that is in a `no_suspend` section."""
    RESUME = auto()
    """The executor asks to resume the task."""
    CANCEL = auto()
    """The executor asks to end the task."""
    LOST = auto()
    """The control connection is gone."""


TRANSITIONS = MappingProxyType(
    {
        # Every task ends, also one that never began (it is not suspendable) or that was lost.
        (State.IDLE, Event.END): State.IDLE,
        (State.IDLE, Event.LOST): State.IDLE,
        (State.IDLE, Event.BEGIN): State.RUNNING,
        (State.RUNNING, Event.END): State.IDLE,
        (State.RUNNING, Event.SUSPEND): State.SUSPENDED,
        (State.RUNNING, Event.DEFER): State.DEFERRING,
        (State.RUNNING, Event.RESUME): State.RUNNING,
        (State.RUNNING, Event.CANCEL): State.CANCELLING,
        (State.RUNNING, Event.LOST): State.IDLE,
        (State.DEFERRING, Event.END): State.IDLE,
        (State.DEFERRING, Event.SUSPEND): State.SUSPENDED,
        (State.DEFERRING, Event.DEFER): State.DEFERRING,
        (State.DEFERRING, Event.RESUME): State.RUNNING,
        (State.DEFERRING, Event.CANCEL): State.CANCELLING,
        (State.DEFERRING, Event.LOST): State.IDLE,
        # An exception took the task out of its suspension; see `Hub._serve`.
        (State.SUSPENDED, Event.END): State.IDLE,
        (State.SUSPENDED, Event.SUSPEND): State.SUSPENDED,
        (State.SUSPENDED, Event.RESUME): State.RUNNING,
        (State.SUSPENDED, Event.CANCEL): State.CANCELLING,
        # Nobody could resume it any more, so it goes on.
        (State.SUSPENDED, Event.LOST): State.IDLE,
        # What is being cancelled is let run to its end, so that it gives up what it holds.
        (State.CANCELLING, Event.END): State.IDLE,
        (State.CANCELLING, Event.SUSPEND): State.CANCELLING,
        (State.CANCELLING, Event.RESUME): State.CANCELLING,
        (State.CANCELLING, Event.CANCEL): State.CANCELLING,
        (State.CANCELLING, Event.LOST): State.IDLE,
    }
)


def after(state: State, event: Event) -> State:
    """Return the state that follows `state` when `event` happens.

    Raises:
        IllegalTransition: the pair is not in `TRANSITIONS`.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(
            f"A task that is {state.name} cannot take {event.name}; this is a bug in neptune-spark."
        ) from None
