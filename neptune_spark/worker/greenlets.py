"""The one place that switches greenlets, and the only one that imports greenlet."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from functools import partial
from typing import Any, Generic, TypeVar

from greenlet import (  # type: ignore[import-untyped,unused-ignore]  # greenlet ships no types
    getcurrent,
    greenlet,
)

from neptune_spark.worker.errors import SwitchError

T = TypeVar("T")

current = getcurrent


class _Outcome(Generic[T]):
    """What a function came to: the only thing that a greenlet of ours may end with."""

    __slots__ = ("error", "value")

    def __init__(self, function: Callable[[], T]) -> None:
        self.error: BaseException | None = None
        try:
            self.value = function()
        except BaseException as error:
            # Boxed, since a greenlet that ends with GreenletExit would hand it over as a value.
            self.error = error

    def get(self) -> T:
        if self.error is None:
            return self.value
        try:
            raise self.error
        finally:
            # The traceback names this frame, which must not keep the error alive in a cycle.
            self.error = None


def call(function: Callable[[], T], context: Context | None = None) -> T:
    """Call `function` in a greenlet of its own, on top of the current one, and wait for its end.

    The current greenlet's C stack stays where it is: the new greenlet's lies above it. This is what
    makes it safe to switch inside any C code that runs signal handlers, even when threads of that
    code hold pointers into the stack; a switch to a greenlet *below* would move the stack away.

    What reaches the current greenlet before that end comes from the task's own greenlets, for
    example from one whose parent ended with an earlier task of this process. It belongs to whoever
    waits in `function`, and is handed on, as if there were no greenlet between.

    Args:
        function: what to call.
        context: the context variables that it sees; by default none are set.

    Raises:
        SwitchError: the greenlet ended without an outcome.
        BaseException: whatever `function` raised.
    """
    # The box is made in the new greenlet, so that there is no code outside its try block.
    child = greenlet(_Outcome)
    if context is not None:
        child.gr_context = context
    switch: Callable[[], Any] = partial(child.switch, function)
    while True:
        try:
            came = switch()
        except BaseException as error:
            if child.dead:
                raise
            switch = partial(child.throw, error)
        else:
            if child.dead:
                break
            switch = partial(child.switch, came)
    if not isinstance(came, _Outcome):
        raise SwitchError(
            f"A greenlet of the worker ended with {came!r} and not with an outcome: code in the "
            "task must not throw into greenlets that it did not make."
        )
    outcome: _Outcome[T] = came
    return outcome.get()
