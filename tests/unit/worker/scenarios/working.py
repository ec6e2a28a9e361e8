"""Scenarios of tasks at work, and of several tasks in one worker."""

from __future__ import annotations

import contextvars
import ctypes
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from greenlet import getcurrent, greenlet

from tests.unit.worker.scenarios.stage import Stage, listen, say


def busy(stage: Stage) -> None:
    def task() -> str:
        stage.begin()
        stage.work()
        return "result"

    say(stage.run(task))


def begin_twice(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        stage.begin()
        stage.work()

    stage.run(task)


def two_tasks(stage: Stage) -> None:
    def task(task_id: int) -> None:
        say(f"before {task_id}")
        listen()
        stage.begin(task_id)
        say(f"in {task_id}: {listen()}")

    for task_id in (1, 2):
        stage.run(task, task_id)
        say(f"after {task_id}")
        listen()


def own_handler(stage: Stage) -> None:
    """The second task comes after one that has put handlers of its own everywhere."""

    def first() -> None:
        stage.begin(1)
        take_all_signals(lambda _number, _frame: None)
        for number in FREE_AGAIN:
            signal.signal(number, signal.SIG_DFL)

    def second() -> None:
        stage.begin(2)
        stage.work()

    stage.run(first)
    stage.run(second)


def takes_all_signals(stage: Stage) -> None:
    def task() -> None:
        stage.begin()
        seen: list[int] = []
        take_all_signals(lambda number, _frame: seen.append(number))
        word = listen()
        say(word)
        if word == "sleeps":
            listen()
        else:
            stage.work()
        say(f"signals seen: {len(seen)}")

    stage.run(task)


FREE_AGAIN = range(signal.SIGRTMIN + 1, signal.SIGRTMIN + 3)


def take_all_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, handler)


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

    say(f"all numbers, each once: {stage.run(task)}")


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
    say(f"turns in order: {stage.run(task)}")


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

    say(f"same state: {stage.run(task)}")


def deep_recursion(stage: Stage) -> None:
    def descend(depth: int) -> int:
        if depth == 0:
            stage.work()
            return 0
        return 1 + sum(map(descend, (depth - 1,)))

    def task() -> int:
        stage.begin()
        return descend(200)

    say(f"depth {stage.run(task)}")


def traced(stage: Stage) -> None:
    seen: set[str] = set()

    def trace(frame: FrameType, _event: str, _value: object) -> Any:
        seen.add(frame.f_code.co_name)
        return trace

    def task() -> None:
        stage.begin()
        sys.settrace(trace)
        stage.work()
        sys.settrace(None)

    stage.run(task)
    say(f"seen: {sorted(seen)}")


def state_of(thread: int) -> str:
    with open(f"/proc/self/task/{thread}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


def traced_in_all_threads(stage: Stage) -> None:
    """The hub's is there already."""
    install = vars(threading)["settrace_all_threads"]
    seen: set[str] = set()

    def trace(frame: FrameType, _event: str, _value: object) -> Any:
        seen.add(frame.f_code.co_name)
        return trace

    def task() -> None:
        stage.begin()
        say("begun")
        listen()
        # It attends to nothing any more.
        (hub,) = {int(name) for name in os.listdir("/proc/self/task")} - {os.getpid()}
        while not all(state_of(hub) == "S" for _ in range(100)):
            pass
        install(trace)
        stage.work()
        install(None)

    stage.run(task)
    say(f"seen: {sorted(seen - {'settrace', install.__name__})}")


def profiled(stage: Stage) -> None:
    seen: set[str] = set()

    def profile(frame: FrameType, event: str, value: object) -> None:
        if value is not sys.setprofile:
            seen.add(frame.f_code.co_name)

    def task() -> None:
        stage.begin()
        sys.setprofile(profile)
        stage.work()
        sys.setprofile(None)

    stage.run(task)
    say(f"seen: {sorted(seen)}")


def dumped(stage: Stage) -> None:
    """Another thread looks at all frames, without the interpreter's lock: the more often, the more
    likely it is that CPython itself does not survive it."""

    def task() -> None:
        stage.begin()
        with open(os.devnull, "w") as nowhere:
            faulthandler.dump_traceback_later(0.05, repeat=True, file=nowhere)
            stage.work()
            faulthandler.cancel_dump_traceback_later()

    stage.run(task)
    say("seen: ['work']")


def at_recursion_limit(stage: Stage) -> None:
    """There is no frame left for anybody: counts without a call."""

    def descend() -> None:
        try:
            descend()
        except RecursionError:
            numbers = stage.numbers
            while not numbers[1]:
                numbers[0] += 1

    def task() -> None:
        stage.begin()
        descend()

    stage.run(task)
    say("counted at the limit")


def handler_in_context(stage: Stage) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")

    def handler(_number: int, _frame: FrameType | None) -> None:
        in_main = getcurrent().parent is None
        say(f"in context: {variable.get('none')}, in the main greenlet: {in_main}")

    def task() -> None:
        variable.set("mine")
        signal.signal(signal.SIGALRM, handler)
        stage.begin()
        stage.work()

    stage.run(task)


def other_thread(stage: Stage) -> None:
    """A task that another thread announces is none that a signal could reach: it just runs."""

    def task() -> None:
        thread = threading.Thread(target=stage.begin)
        thread.start()
        thread.join()
        say("runs")

    stage.run(task)


def no_executor(stage: Stage) -> None:
    def task(task_id: int) -> str:
        stage.hub.begin(task_id, stage.socket_path + ".absent")
        return f"task {task_id}"

    for task_id in (1, 2):
        say(stage.run(task, task_id))


def c_stack(stage: Stage) -> None:
    """C code below the suspended Python code shares its stack with a thread of its own."""
    library = ctypes.CDLL(listen())
    callback = ctypes.CFUNCTYPE(None)(stage.work)

    def task() -> int:
        stage.begin()
        result: int = library.call_with_thread(callback)
        return result

    say(f"the thread's write was kept: {bool(stage.run(task))}")
