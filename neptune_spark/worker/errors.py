"""The errors of the worker's side, each with whose fault it is."""

from __future__ import annotations

from neptune_spark._errors import NeptuneError


class WorkerError(NeptuneError):
    """Base of what can go wrong between a Python worker and its executor."""


class IllegalTransition(WorkerError):
    """An event came in a state of the task's life in which it cannot happen.

    Our fault: please report it, with the state and the event that the message names.
    """


class BrokenFrame(WorkerError):
    """A frame of the control channel is no message that a worker may get.

    The fault of whoever writes into the control socket; the connection is closed.
    """


class ChannelLost(WorkerError):
    """The control connection ended, or it does not take what we send.

    The executor ended, or does not read. The task goes on and can no longer be suspended.
    """
