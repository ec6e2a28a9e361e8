"""When a worker counts as suspended, and when it is stopped: looks in virtual time."""

from __future__ import annotations

from typing import Callable

import pytest

from neptune_spark.controller.usage import Usage
from neptune_spark.controller.watch import LONGEST_PAUSE_S, Verdict, Watch

GRACE_S = 0.05
Share = Callable[[float], float]


class Watched:
    """A worker that uses a share of a core at each time, and is looked at whenever that is due."""

    def __init__(self, grace_s: float) -> None:
        self.now_s = 100.0
        self.begun_s = self.now_s
        self.watch = Watch(grace_s, self.now_s)
        self.cpu_s = 7.0
        self.share = 0.0
        # Whether a thread wants a processor; None: as it uses one or not.
        self.runnable: bool | None = None
        self.looks = 0
        self.verdicts: list[tuple[Verdict, float]] = []

    def passes(self, seconds: float, share: float) -> list[Verdict]:
        """Let time pass; return what the looks have shown, but for what was known before."""
        end_s = self.now_s + seconds
        found: list[Verdict] = []
        while self.watch.due_s <= end_s:
            self._go_to(self.watch.due_s, share)
            self.looks += 1
            runnable = share > 0.5 if self.runnable is None else self.runnable
            verdict = self.watch.look(Usage(self.cpu_s, runnable), self.now_s)
            if verdict is not Verdict.NOTHING_NEW:
                found.append(verdict)
                self.verdicts.append((verdict, self.now_s - self.begun_s))
        self._go_to(end_s, share)
        return found

    def _go_to(self, now_s: float, share: float) -> None:
        self.cpu_s += share * (now_s - self.now_s)
        self.now_s = now_s


@pytest.mark.parametrize("grace_s", [0.0, GRACE_S])
@pytest.mark.parametrize("share", [0.0, 0.02])
def test_one_that_uses_no_processor_counts_at_once_and_is_not_stopped(
    grace_s: float, share: float
) -> None:
    worker = Watched(grace_s)
    assert worker.passes(60, share) == [Verdict.IDLE]
    ((_, after_s),) = worker.verdicts
    assert after_s < GRACE_S / 10
    # At growing intervals.
    assert worker.looks < 60 / LONGEST_PAUSE_S + 10


def test_one_that_works_is_stopped_when_its_grace_is_over() -> None:
    worker = Watched(GRACE_S)
    assert worker.passes(GRACE_S * 0.99, 1.0) == []
    assert worker.passes(GRACE_S * 0.02, 1.0) == [Verdict.STOP]
    assert worker.passes(60, 0.0) == []


def test_other_threads_that_work_are_stopped_long_before_that() -> None:
    worker = Watched(0.0)
    assert worker.passes(GRACE_S / 2, 1.0) == [Verdict.STOP]


def test_what_was_used_before_and_is_counted_later_does_not_count() -> None:
    worker = Watched(0.0)
    worker.passes(0.001, 0.0)
    worker.cpu_s += 0.004
    assert worker.passes(1, 0.0) == [Verdict.IDLE]


def test_one_that_works_for_less_than_its_grace_counts_when_it_waits() -> None:
    worker = Watched(GRACE_S)
    worker.passes(GRACE_S / 2, 1.0)
    assert worker.passes(GRACE_S, 0.0) == [Verdict.IDLE]


def test_one_that_counts_and_works_again_is_stopped() -> None:
    worker = Watched(GRACE_S)
    worker.passes(10, 0.0)
    # It has its grace once more, since it may suspend itself.
    assert worker.passes(GRACE_S / 2, 1.0) == []
    assert worker.passes(10, 0.0) == []
    assert worker.passes(LONGEST_PAUSE_S + GRACE_S, 1.0) == [Verdict.STOP]


def test_bursts_count_by_their_share() -> None:
    rare, often = Watched(0.0), Watched(0.0)
    for worker in (rare, often):
        worker.passes(1, 0.0)
    for _ in range(100):
        assert rare.passes(0.002, 1.0) == []
        assert rare.passes(0.2, 0.0) == []
    stopped: list[Verdict] = []
    for _ in range(20):
        stopped += often.passes(0.02, 1.0) + often.passes(0.08, 0.0)
    assert Verdict.STOP in stopped


def test_one_that_gets_no_processor_is_neither_idle_nor_stopped_before_it_uses_one() -> None:
    worker = Watched(GRACE_S)
    worker.runnable = True
    assert worker.passes(GRACE_S * 3, 0.0) == []
    assert worker.passes(LONGEST_PAUSE_S, 1.0) == [Verdict.STOP]


def test_one_that_had_to_wait_for_a_processor_is_idle_as_soon_as_it_waits_for_something_else() -> (
    None
):
    worker = Watched(0.0)
    worker.runnable = True
    worker.passes(GRACE_S, 0.0)
    worker.runnable = None
    assert worker.passes(LONGEST_PAUSE_S * 2, 0.0) == [Verdict.IDLE]


def test_what_works_although_it_was_stopped_is_stopped_again() -> None:
    worker = Watched(GRACE_S)
    worker.passes(1, 1.0)
    worker.passes(1, 0.0)
    assert Verdict.STOP in worker.passes(LONGEST_PAUSE_S * 2, 1.0)


def test_grace_is_lost_when_the_worker_has_said_that_others_work() -> None:
    worker = Watched(GRACE_S)
    worker.passes(GRACE_S / 2, 1.0)
    worker.watch.hasten(0.0, worker.now_s)
    assert worker.passes(GRACE_S / 4, 1.0) == [Verdict.STOP]
