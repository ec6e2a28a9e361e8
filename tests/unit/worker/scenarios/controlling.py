"""Scenarios of tasks that have a say in where they are suspended."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Iterator
from types import FrameType

from pyspark.taskcontext import TaskContext

import neptune_spark
from neptune_spark.worker.task import SOCKET_PROPERTY
from tests.unit.worker.scenarios.stage import TASK, Stage, listen, say
from tests.unit.worker.scenarios.working import take_all_signals


def section(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        with neptune_spark.no_suspend():
            with neptune_spark.no_suspend():
                say("in sections")
            stage.work()
            say("end of section")
        say("after section")

    stage.run(task)


def section_of_function(stage: Stage) -> None:
    @neptune_spark.no_suspend()
    def transaction() -> None:
        say("in section")
        stage.work()

    def task() -> None:
        stage.begin()
        transaction()
        say("after section")

    stage.run(task)


def section_of_thread(stage: Stage) -> None:
    """The main thread is at work when the section of another ends."""
    over = threading.Event()

    def transaction() -> None:
        with neptune_spark.no_suspend():
            say("in section")
            listen()
        over.set()

    def task() -> None:
        stage.begin()
        thread = threading.Thread(target=transaction)
        thread.start()
        stage.work()
        thread.join()

    stage.run(task)


def yielding_section(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        with neptune_spark.no_suspend():
            say("in section")
            listen()
            neptune_spark.yield_point()
            say("second half")
            listen()
        say("after section")

    stage.run(task)


def no_signal(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        take_all_signals(lambda _number, _frame: None)
        say("has taken all signals")
        while not stage.numbers[1]:
            stage.numbers[0] += 1
            neptune_spark.yield_point()

    stage.run(task)


def interrupted_sections(stage: Stage) -> None:
    """The task's signal handler raises while it enters and leaves sections."""

    class Late(Exception):
        pass

    def handler(_number: int, _frame: FrameType | None) -> None:
        raise Late

    def task() -> None:
        stage.begin()
        signal.signal(signal.SIGALRM, handler)
        for n in range(1000):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.00001 + 0.000001 * (n % 30))
                while True:
                    with neptune_spark.no_suspend():
                        pass
            except Late:
                continue
        stage.work()

    stage.run(task)


def abandoned_section(stage: Stage) -> None:
    """A generator of the first task's that is closed in the second."""

    def numbers() -> Generator[int, None, None]:
        with neptune_spark.no_suspend():
            yield from range(10)

    def first() -> Generator[int, None, None]:
        stage.begin(1)
        generator = numbers()
        next(generator)
        return generator

    def second() -> None:
        stage.begin(2)
        generator.close()
        stage.work()

    generator = stage.run(first)
    stage.run(second)


def explicit(stage: Stage) -> None:
    """A partition function in a worker that knows of no hub."""

    @neptune_spark.suspendable
    def count(numbers: Iterator[int]) -> Iterator[int]:
        for number in numbers:
            stage.work()
            yield number * number

    @neptune_spark.suspendable
    def total(numbers: Iterator[int]) -> int:
        return sum(numbers)

    context: TaskContext = object.__new__(TaskContext)
    context._taskAttemptId = TASK
    context._localProperties = {SOCKET_PROPERTY: stage.socket_path}
    say(f"outside a task: {total(iter([1, 2]))}")
    TaskContext._setTaskContext(context)
    say(f"squares: {list(count(iter([2, 3])))}")
    context._taskAttemptId = TASK + 1
    say(f"total: {total(count(iter([4, 5])))}")
