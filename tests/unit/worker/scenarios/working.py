"""Scenarios of tasks at work, and of several tasks in one worker."""

from __future__ import annotations

import contextvars
import ctypes
import signal
import sys
import threading
from collections.abc import Iterator

from greenlet import getcurrent, greenlet, settrace

from tests.unit.worker.scenarios.stage import Stage, listen, say


def busy(stage: Stage) -> None:
    def task() -> str:
        stage.begin()
        stage.work()
        return "result"

    say(stage.hub.run(task))


def begin_twice(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        stage.begin()
        stage.work()

    stage.hub.run(task)


def two_tasks(stage: Stage) -> None:
    def task(task_id: int) -> None:
        say(f"before {task_id}")
        listen()
        stage.begin(task_id)
        say(f"in {task_id}: {listen()}")

    for task_id in (1, 2):
        stage.hub.run(task, task_id)
        say(f"after {task_id}")
        listen()


def own_handler(stage: Stage) -> None:
    def first() -> None:
        stage.begin(1)
        signal.signal(signal.SIGIO, lambda _number, _frame: None)

    def second() -> None:
        stage.begin(2)
        stage.work()

    stage.hub.run(first)
    stage.hub.run(second)


def generator(stage: Stage) -> None:
    def numbers() -> Iterator[int]:
        number = 0
        while not stage.numbers[1]:
            number += 1
            stage.numbers[0] = number
            yield number

    def task() -> bool:
        stage.begin()
        total = count = 0
        for number in numbers():
            total, count = total + number, count + 1
        return count > 0 and total == count * (count + 1) // 2

    say(f"all numbers, each once: {stage.hub.run(task)}")


def nested_greenlets(stage: Stage) -> None:
    """A user's own scheduler: two greenlets that take turns; only they touch the counter."""

    def count(turns: list[str], name: str) -> None:
        while not stage.numbers[1]:
            assert getcurrent() is by_name[name]
            for _ in range(100):
                stage.numbers[0] += 1
            turns.append(name)
            by_name["b" if name == "a" else "a"].switch(turns, "b" if name == "a" else "a")

    def task() -> bool:
        stage.begin()
        turns: list[str] = []
        by_name["a"].switch(turns, "a")
        by_name.clear()
        return turns == (["a", "b"] * len(turns))[: len(turns)] and len(turns) > 2

    by_name = {"a": greenlet(count), "b": greenlet(count)}
    say(f"turns in order: {stage.hub.run(task)}")


def handled_exception(stage: Stage) -> None:
    """The exception that is being handled, and the context variables, survive a suspension."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")

    def task() -> bool:
        variable.set("mine")
        stage.begin()
        try:
            raise KeyError("handled")
        except KeyError as error:
            stage.work()
            return sys.exc_info()[1] is error and variable.get() == "mine"

    say(f"same state: {stage.hub.run(task)}")


def deep_recursion(stage: Stage) -> None:
    def descend(depth: int) -> int:
        if depth == 0:
            stage.work()
            return 0
        return 1 + sum(map(descend, (depth - 1,)))

    def task() -> int:
        stage.begin()
        return descend(200)

    say(f"depth {stage.hub.run(task)}")


def traced(stage: Stage) -> None:
    """The thread that dumps tracebacks, if there is one, must not see a greenlet's frames go."""
    switches: list[str] = []

    def task() -> None:
        settrace(lambda event, _: switches.append(event))
        stage.begin()
        stage.work()
        settrace(None)

    stage.hub.run(task)
    say(f"another greenlet: {bool(switches)}")


def other_thread(stage: Stage) -> None:
    """A task that another thread announces is none that a signal could reach: it just runs."""

    def task() -> None:
        thread = threading.Thread(target=stage.begin)
        thread.start()
        thread.join()
        say("runs")

    stage.hub.run(task)


def no_executor(stage: Stage) -> None:
    def task(task_id: int) -> str:
        stage.hub.begin(task_id, stage.socket_path + ".absent")
        return f"task {task_id}"

    for task_id in (1, 2):
        say(stage.hub.run(task, task_id))


def c_stack(stage: Stage) -> None:
    """C code below the suspended Python code shares its stack with a thread of its own."""
    library = ctypes.CDLL(listen())
    callback = ctypes.CFUNCTYPE(None)(stage.work)

    def task() -> int:
        stage.begin()
        result: int = library.call_with_thread(callback)
        return result

    say(f"the thread's write was kept: {bool(stage.hub.run(task))}")
