"""When a worker whose task is to be suspended counts as suspended, and when it must be stopped.

A task that uses no processor needs no core, whatever it waits for: it counts as suspended without
being stopped, and suspends itself when it comes back to Python. Until then it is watched, since it
may as well go on in C code, or have other threads and child processes that do.
"""

from __future__ import annotations

from enum import Enum, auto

from neptune_spark.controller.usage import Usage

FIRST_PAUSE_S = 0.002
LONGEST_PAUSE_S = 0.128
GROWTH = 2

IDLE_SHARE = 0.05
"""Of a core. A worker that uses less, over the time between two looks, is idle."""
IDLE_BURST_S = 0.001
"""What it may use besides: it is just woken up by a request, for example."""
LEAST_GRACE_S = 0.02
"""For how long it may use a processor in any case: what it used before may be counted only now, and
it may be about to wait for what it waits for."""


class Verdict(Enum):
    """What a look has shown."""

    NOTHING_NEW = auto()
    IDLE = auto()
    """From now on it counts as suspended."""
    STOP = auto()
    """It is to be stopped now, and counts as suspended then."""


class Watch:
    """Looks go in, verdicts come out: no clock and no process of its own.

    Parameters
    ----------
    grace_s : float
        For how long it may use a processor.
    now_s : float
        The time of the request.
    """

    def __init__(self, grace_s: float, now_s: float) -> None:
        self.grace_s = max(grace_s, LEAST_GRACE_S)
        # When the next look is due.
        self.due_s = now_s
        # Whether it counts as suspended.
        self.counts = False
        self._last: tuple[Usage, float] | None = None
        # Since when it is to be idle and is not.
        self._busy_since_s: float | None = now_s
        self._pause_s = FIRST_PAUSE_S

    def hasten(self, grace_s: float, now_s: float) -> None:
        """Be no more patient than this from now on."""
        if max(grace_s, LEAST_GRACE_S) < self.grace_s:
            self.grace_s = max(grace_s, LEAST_GRACE_S)
            self._look_again(now_s, FIRST_PAUSE_S)

    def look(self, usage: Usage, now_s: float) -> Verdict:
        """Take the worker's usage at a time; return what follows."""
        last, self._last = self._last, (usage, now_s)
        if last is None:
            self._look_again(now_s, FIRST_PAUSE_S)
            return Verdict.NOTHING_NEW
        window_s = now_s - last[1]
        busy = usage.cpu_s - last[0].cpu_s > IDLE_BURST_S + IDLE_SHARE * window_s
        if busy:
            return self._busy(now_s)
        if not self.counts and (usage.runnable or last[0].runnable):
            # It gets no processor, or its time is not counted yet.
            self._look_again(now_s, self._pause_s * GROWTH)
            return Verdict.NOTHING_NEW
        return self._idle(now_s)

    def _idle(self, now_s: float) -> Verdict:
        # One that sleeps and works in turns is not idle for having slept a moment.
        if not self.counts or self._pause_s >= LONGEST_PAUSE_S:
            self._busy_since_s = None
        self._look_again(now_s, self._pause_s * GROWTH)
        verdict = Verdict.NOTHING_NEW if self.counts else Verdict.IDLE
        self.counts = True
        return verdict

    def _busy(self, now_s: float) -> Verdict:
        if self._busy_since_s is None:
            self._busy_since_s = now_s
        left_s = self._busy_since_s + self.grace_s - now_s
        if left_s <= 0:
            # What is still busy afterwards was overlooked, or continued by somebody else.
            self.grace_s = LEAST_GRACE_S
            self.counts = True
            self._busy_since_s = None
            self._look_again(now_s, LONGEST_PAUSE_S)
            return Verdict.STOP
        self._look_again(now_s, left_s if self.counts else min(self._pause_s * GROWTH, left_s))
        return Verdict.NOTHING_NEW

    def _look_again(self, now_s: float, pause_s: float) -> None:
        self._pause_s = min(pause_s, LONGEST_PAUSE_S)
        self.due_s = now_s + self._pause_s
