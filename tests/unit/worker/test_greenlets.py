"""Calling in a greenlet: outcomes, and what else may come back from a switch."""

from __future__ import annotations

import contextvars
import gc
import sys
import weakref
from typing import NoReturn

import pytest
from greenlet import GreenletExit, getcurrent, greenlet

from neptune_spark.worker import greenlets
from neptune_spark.worker.errors import SwitchError


def test_a_value_comes_back_from_a_greenlet_on_top_of_the_current_one() -> None:
    here = getcurrent()
    assert greenlets.call(lambda: (getcurrent() is here, getcurrent().parent is here)) == (
        False,
        True,
    )


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt, GreenletExit])
def test_an_exception_comes_back(kind: type[BaseException]) -> None:
    error = kind("the task's own")

    def fail() -> NoReturn:
        raise error

    with pytest.raises(kind) as caught:
        greenlets.call(fail)
    assert caught.value is error
    assert caught.traceback[-1].name == "fail"


def test_an_exception_is_not_kept_alive() -> None:
    class Large(Exception):
        pass

    def fail() -> NoReturn:
        raise Large

    gc.disable()
    try:
        try:
            greenlets.call(fail)
        except Large as error:
            seen = weakref.ref(error)
        assert seen() is None
    finally:
        gc.enable()


def test_a_context_is_shared_by_the_calls_it_is_given_to() -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")
    variable.set(1)
    context = contextvars.copy_context()

    def add() -> int:
        variable.set(variable.get() + 1)
        return variable.get()

    assert [greenlets.call(add, context) for _ in range(3)] == [2, 3, 4]
    assert variable.get() == 1
    assert greenlets.call(lambda: variable.get(0)) == 0


def test_the_callers_handled_exception_is_not_the_functions() -> None:
    try:
        raise KeyError
    except KeyError as error:
        greenlets.call(lambda: None)
        assert sys.exc_info()[1] is error


def test_a_stray_value_is_handed_on_to_whoever_waits_in_the_function() -> None:
    # It ends under a parent that is long dead, so its value goes to the greenlet below: ours.
    stray = greenlets.call(lambda: greenlet(lambda: "stray"))
    assert stray.parent.dead
    assert greenlets.call(lambda: [stray.switch(), "and on"]) == ["stray", "and on"]


def test_a_stray_exception_is_handed_on_to_whoever_waits_in_the_function() -> None:
    def fail() -> NoReturn:
        raise KeyError("stray")

    def wait() -> str:
        try:
            stray.switch()
        except KeyError as error:
            return f"caught {error.args[0]}"
        return "not raised"

    stray = greenlets.call(lambda: greenlet(fail))
    assert greenlets.call(wait) == "caught stray"


def test_a_greenlet_without_an_outcome_is_a_named_error() -> None:
    class Ends(greenlet):  # type: ignore[misc]  # greenlet ships no types
        """Ends with a value of its own, as nothing but a broken greenlet would."""

        def run(self, _function: object) -> str:
            return "no outcome"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(greenlets, "greenlet", lambda _run: Ends())
        with pytest.raises(SwitchError, match="'no outcome'"):
            greenlets.call(lambda: None)
