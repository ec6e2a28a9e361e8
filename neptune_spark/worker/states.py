"""What the executor has asked of a worker's task, and how far that is: every state, event and move.

A message for another task than the current one is no event: the hub drops it before it gets here.
"""

from __future__ import annotations

from enum import IntEnum, auto
from types import MappingProxyType

from neptune_spark.worker.errors import IllegalTransition


class State(IntEnum):
    """What is asked of the worker's task, and how far that is."""

    RUNNING = auto()
    """No request is pending; or there is no task that the executor knows of."""
    DEFERRING = auto()
    """It must suspend, but first runs to the end of a section that must not be suspended."""
    SUSPENDING = auto()
    """The gate is closed; the main thread has not stopped yet, as far as is known."""
    SUSPENDED = auto()
    """The main thread waits at the gate, or sleeps in the kernel and will get there."""
    CANCELLING = auto()
    """`TaskCancelled` is on its way through the task, whose `finally` blocks run to their end."""


class Event(IntEnum):
    """What can happen to the worker's task."""

    SUSPEND = auto()
    """The executor asks to suspend it, and it may be suspended where it is."""
    DEFER = auto()
    """The executor asks to suspend a task that is in a `no_suspend` section."""
    STANDS = auto()
    """The main thread was seen to have stopped."""
    RESUME = auto()
    """The executor asks to resume the task."""
    CANCEL = auto()
    """The executor asks to end the task."""
    OVER = auto()
    """The task has ended, or the control connection has."""


TRANSITIONS = MappingProxyType(
    {
        (State.RUNNING, Event.SUSPEND): State.SUSPENDING,
        (State.RUNNING, Event.DEFER): State.DEFERRING,
        (State.RUNNING, Event.RESUME): State.RUNNING,
        (State.RUNNING, Event.CANCEL): State.CANCELLING,
        (State.RUNNING, Event.OVER): State.RUNNING,
        (State.DEFERRING, Event.SUSPEND): State.SUSPENDING,
        (State.DEFERRING, Event.DEFER): State.DEFERRING,
        (State.DEFERRING, Event.RESUME): State.RUNNING,
        (State.DEFERRING, Event.CANCEL): State.CANCELLING,
        (State.DEFERRING, Event.OVER): State.RUNNING,
        # A request that comes again is looked after, and answered, anew.
        (State.SUSPENDING, Event.SUSPEND): State.SUSPENDING,
        (State.SUSPENDING, Event.DEFER): State.DEFERRING,
        (State.SUSPENDING, Event.STANDS): State.SUSPENDED,
        (State.SUSPENDING, Event.RESUME): State.RUNNING,
        (State.SUSPENDING, Event.CANCEL): State.CANCELLING,
        (State.SUSPENDING, Event.OVER): State.RUNNING,
        (State.SUSPENDED, Event.SUSPEND): State.SUSPENDING,
        (State.SUSPENDED, Event.RESUME): State.RUNNING,
        (State.SUSPENDED, Event.CANCEL): State.CANCELLING,
        # Nobody could resume it any more, so it goes on.
        (State.SUSPENDED, Event.OVER): State.RUNNING,
        # What is being cancelled is let run to its end, so that it gives up what it holds.
        (State.CANCELLING, Event.SUSPEND): State.CANCELLING,
        (State.CANCELLING, Event.RESUME): State.CANCELLING,
        (State.CANCELLING, Event.CANCEL): State.CANCELLING,
        (State.CANCELLING, Event.OVER): State.RUNNING,
    }
)


def after(state: State, event: Event) -> State:
    """Return the state that follows `state` when `event` happens.

    Raises
    ------
    IllegalTransition
        The pair is not in `TRANSITIONS`.
    """
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(
            f"A task that is {state.name} cannot take {event.name}; this is a bug in neptune-spark."
        ) from None
