"""What the interpreter tells of itself: frames, tracers, signal handlers, contexts, identity."""

from __future__ import annotations

import contextvars
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import Any, Callable

from tests.integration.user_code.common import Task, at_home, busy

Trace = Callable[[FrameType, str, object], Any]


def recursion(numbers: Iterable[int]) -> Iterator[Any]:
    """How deep it goes: in a worker, as deep as in one of Spark's."""

    def descend(depth: int) -> int:
        try:
            return descend(depth + 1)
        except RecursionError:
            return depth + busy_without_a_frame()

    for _ in numbers:
        yield descend(0)


def busy_without_a_frame() -> int:
    for _ in range(200_000):
        pass
    return 0


def work(numbers: Iterable[int]) -> int:
    total = 0
    for number in numbers:
        total += number % 3
        total ^= max(number, 5)
    return total


def _counted(install: Callable[[Trace | None], None]) -> Iterator[Any]:
    seen: Counter[tuple[str, str]] = Counter()

    def trace(frame: FrameType, event: str, value: object) -> Any:
        if value is not install:
            seen[frame.f_code.co_name, event] += 1
        return trace

    install(trace)
    answer = work(range(30_000))
    install(None)
    yield answer
    yield from sorted(seen.items())


def traced(numbers: Iterable[int]) -> Iterator[Any]:
    for _ in numbers:
        yield from _counted(sys.settrace)


def profiled(numbers: Iterable[int]) -> Iterator[Any]:
    for _ in numbers:
        yield from _counted(sys.setprofile)


variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")


class TimeIsUp(Exception):
    pass


def alarms(numbers: Iterable[int]) -> Iterator[Any]:
    """Handlers that look around, and that raise, for alarms of which many come at once."""
    seen: set[tuple[Any, ...]] = set()

    def look(_number: int, frame: FrameType | None) -> None:
        assert frame is not None
        ours = "neptune" in frame.f_globals["__name__"]
        seen.add((variable.get(None), at_home(), ours))

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeIsUp

    def in_context(number: int) -> int:
        variable.set(number)
        return busy(0.03)

    for number in numbers:
        seen.clear()
        old = signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)
        contextvars.copy_context().run(in_context, number)
        signal.setitimer(signal.ITIMER_REAL, 0)
        # The last one may have come after the context.
        yield sorted(seen - {(None, True, False)})
        signal.signal(signal.SIGALRM, stop)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.01)
            while True:
                pass
        except TimeIsUp:
            yield "time is up"
        signal.signal(signal.SIGALRM, old)


def handlers(numbers: Iterable[int]) -> Iterator[Any]:
    """A handler for whatever can be had, none of which is ever called.

    But for SIGCONT: who has taken all numbers is stopped and continued as a process.
    """
    came: list[int] = []
    theirs = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT, signal.SIGCHLD}
    mine = signal.valid_signals() - theirs
    for wanted in (set(signal.Signals) & mine, mine):
        old = {n: signal.signal(n, lambda number, _: came.append(number)) for n in wanted}
        for number in numbers:
            yield number + busy(0.02)
        for number, handler in old.items():
            signal.signal(number, handler)
    yield came


def blocked(numbers: Iterable[int]) -> Iterator[Any]:
    """A signal that is blocked comes when it is asked for, and no other is pending."""
    everything = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, everything)
    for number in numbers:
        os.kill(os.getpid(), signal.SIGUSR1)
        yield number + busy(0.03), sorted(signal.sigpending())
        yield signal.sigwait({signal.SIGUSR1})
    assert signal.pthread_sigmask(signal.SIG_SETMASK, before) == everything


TASKS: dict[str, Task] = {
    "recursion": recursion,
    "traced": traced,
    "profiled": profiled,
    "alarms": alarms,
    "handlers": handlers,
    "blocked": blocked,
}
