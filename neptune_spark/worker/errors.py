"""The errors of the worker's side, each with whose fault it is."""

from __future__ import annotations

from neptune_spark.errors import NeptuneError


class TaskCancelled(BaseException):
    """The executor has cancelled this task; raised where the task was when the demand came.

    Nobody's fault. It derives from `BaseException`, so that a user's `except Exception` does not
    swallow it, while `finally` blocks and context managers run. Let it pass.
    """


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


class SwitchError(WorkerError):
    """A greenlet ended without the outcome that it was run for.

    The fault of code in the task that throws `GreenletExit` into greenlets that are not its own.
    """


class HubError(WorkerError):
    """A hub was used in a way that it does not support: two tasks at once, or not the main thread.

    The caller's fault.
    """
