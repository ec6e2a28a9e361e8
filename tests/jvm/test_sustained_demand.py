"""For how many suspended or killed tasks executors are asked for, when, and for how long."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.functions import NS_PER_MS

WINDOW_MS = 12_000
EVERY_MS = 100


class Demand:
    """Looks ten times a second at so many tasks as a test says."""

    def __init__(self, jvm: JVMView) -> None:
        self._load = jvm.neptune.core.ProfileLoad
        self._demand: Any = jvm.neptune.core.SustainedDemand(WINDOW_MS * NS_PER_MS)
        self.now_ms = 0

    def look(self, live: int, suspended: int, killed: int = 0, slots: int = 2) -> int | None:
        load = self._load(live, suspended, killed, slots)
        found = self._demand.look(self.now_ms * NS_PER_MS, load)
        self.now_ms += EVERY_MS
        return int(found.get()) if found.isDefined() else None

    def looks(self, ms: int, live: int, suspended: int, **more: int) -> list[int | None]:
        """What is told in so many milliseconds, as often as it changes."""
        told: list[int | None] = []
        for _ in range(ms // EVERY_MS):
            found = self.look(live, suspended, **more)
            if not told or told[-1] != found:
                told.append(found)
        return told

    def rounds(self, count: int, busy_ms: int, idle_ms: int) -> set[int | None]:
        """A stream on both cores, which has both low tasks suspended.

        Returns what is told while it is idle.
        """
        told = set()
        for _ in range(count):
            self.looks(busy_ms, live=4, suspended=2)
            told |= {*self.looks(idle_ms, live=2, suspended=0)}
        return told

    @property
    def is_quiet(self) -> bool:
        return bool(self._demand.isQuiet())


@pytest.fixture
def demand(jvm: JVMView) -> Demand:
    return Demand(jvm)


def test_tasks_that_stay_suspended_count_more_and_more(demand: Demand) -> None:
    # Two tasks for which there is no slot: the mean of the third before the last 8 s is half a task
    # after 9 s, and one and a half after 11 s. The live tasks are counted by Spark.
    assert demand.looks(9_000, live=4, suspended=2) == [None]
    assert demand.look(live=2, suspended=0) == 1
    assert demand.looks(2_000, live=4, suspended=2) == [0]
    assert demand.look(live=2, suspended=0) == 2


def test_what_stays_suspended_is_asked_for_as_long_and_a_window_longer(demand: Demand) -> None:
    demand.looks(24_000, live=4, suspended=2)
    # Two live ones less, which Spark does not count any more.
    assert demand.looks(12_000, live=2, suspended=0) == [2]
    assert demand.looks(5_000, live=2, suspended=0)[-1] is None


def test_a_single_suspension_of_a_third_of_the_window_does_not_count(demand: Demand) -> None:
    assert demand.looks(4_000, live=100, suspended=98) == [None]
    assert demand.looks(24_000, live=2, suspended=0) == [None]
    assert demand.is_quiet


@pytest.mark.parametrize(
    ("busy_ms", "idle_ms", "told"),
    [
        # Two tasks for a fifth of the time are less than half a task; from a quarter on there is
        # one to be asked for, and a second from three quarters on.
        (200, 800, {None}),
        (400, 800, {1}),
        (1_000, 3_000, {1}),
        (900, 100, {2}),
        # There is a third of the window that has none.
        (4_000, 8_000, {None}),
    ],
)
def test_a_stream_that_comes_back_counts_by_its_share_of_time(
    demand: Demand, busy_ms: int, idle_ms: int, told: set[int | None]
) -> None:
    demand.rounds(24_000 // (busy_ms + idle_ms), busy_ms, idle_ms)
    assert demand.rounds(10, busy_ms, idle_ms) == told


def test_executors_that_have_come_are_taken_into_account_at_once(demand: Demand) -> None:
    assert demand.looks(24_000, live=4, suspended=2)[-1] == 0
    assert demand.look(live=4, suspended=2, slots=4) is None
    # As are those that are lost again.
    assert demand.look(live=4, suspended=2, slots=3) == 0
    assert demand.look(live=3, suspended=1, slots=3) == 1


def test_suspended_beside_free_slots_is_no_want_of_executors(demand: Demand) -> None:
    """Two high tasks hold what two low ones wait for, and the next high ones go elsewhere."""
    assert demand.looks(30_000, live=4, suspended=2, slots=4) == [None]


def test_more_tasks_than_slots_are_no_want_while_nobody_is_suspended(demand: Demand) -> None:
    """After a rescue, for example: all of them run."""
    assert demand.looks(30_000, live=4, suspended=0) == [None]


def test_killed_tasks_wait_from_the_first_moment(demand: Demand) -> None:
    assert demand.looks(5_000, live=2, suspended=0, killed=2) == [2]
    # They run again: there is no backlog, since it did not last.
    assert demand.looks(1_000, live=4, suspended=0, slots=4) == [None]


def test_tasks_that_are_killed_again_and_again_count_as_suspended_ones_do(demand: Demand) -> None:
    for _ in range(20):
        demand.looks(500, live=2, suspended=0, killed=2)
        told = demand.looks(500, live=2, suspended=0)
    assert told == [1]
    assert demand.look(live=2, suspended=0, killed=2) == 2


def test_it_is_quiet_a_window_after_it_has_last_counted(demand: Demand) -> None:
    assert demand.is_quiet
    demand.looks(24_000, live=4, suspended=2)
    assert not demand.is_quiet
    demand.looks(9_000, live=2, suspended=0)
    assert not demand.is_quiet
    demand.looks(11_000, live=2, suspended=0)
    assert demand.is_quiet


def test_looks_that_come_late_count_what_was_seen_before(demand: Demand) -> None:
    demand.look(live=4, suspended=2)
    demand.now_ms += 30_000
    assert demand.look(live=4, suspended=2) == 0
