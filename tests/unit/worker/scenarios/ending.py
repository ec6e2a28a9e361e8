"""Scenarios of tasks that end early: by an error, a cancellation, a time limit, or the exit."""

from __future__ import annotations

import atexit
import signal
from types import FrameType

from greenlet import greenlet

from neptune_spark import TaskCancelled
from neptune_spark.worker.hub import Hub
from tests.unit.worker.scenarios.stage import Stage, listen, say


def fail(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        stage.work()
        raise ValueError("the task's own")

    try:
        stage.run(task)
    except ValueError as error:
        say(f"failed: {error}")


def clean_up(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        while True:
            try:
                stage.work()
            except Exception:
                say("swallowed")
            finally:
                say("finally")

    try:
        stage.run(task)
    except TaskCancelled:
        say("cancelled")


def clean_up_nested(stage: Stage) -> None:
    def inner() -> None:
        try:
            stage.work()
        finally:
            say("inner finally")

    def task() -> None:
        stage.begin()
        try:
            greenlet(inner).switch()
        finally:
            say("outer finally")

    try:
        stage.run(task)
    except TaskCancelled:
        say("cancelled")


def clean_up_slowly(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        try:
            say("working")
            while True:
                pass
        finally:
            say("cleaning up")
            stage.work()
            say("cleaned up")

    try:
        stage.run(task)
    except TaskCancelled:
        say("cancelled")


def cancel_caught(stage: Stage) -> None:
    """A task that catches its cancellation, as PySpark's worker does in order to report it."""

    def task() -> str:
        stage.begin()
        try:
            stage.work()
        except BaseException as error:
            return type(error).__name__
        return "not cancelled"

    say(f"caught {stage.run(task)}")


class TimeLimit(Exception):
    pass


def time_limit(stage: Stage) -> None:
    """The user's own handler raises while the task is suspended: it gets it, once resumed."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        raise TimeLimit

    def task() -> str:
        signal.signal(signal.SIGALRM, handler)
        stage.begin()
        try:
            stage.work()
        except TimeLimit:
            return "time limit"
        return "no time limit"

    say(stage.run(task))


def leave_at_exit(stage: Stage) -> None:
    def last_word() -> None:
        say("leaving")
        say(f"left with {listen()}")

    atexit.register(last_word)
    stage.hub = Hub()  # after it, so that what the hub does at exit comes before it
    stage.run(stage.begin)
