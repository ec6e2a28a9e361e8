"""When the guard resolves what a task waits for, in virtual time; and that it goes on looking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

from tests.jvm.functions import Function, Task, Timer, scala_object, scala_seq

EVERY_MS = 10
LOW, NORMAL, HIGH = -10, 0, 10
#: That of tasks which a limit holds.
LOWEST = -(2**31)


class Guarded:
    """A guard, the tasks of its executor, and what their threads wait for."""

    def __init__(self, gateway: JavaGateway, are_shared: bool = False) -> None:
        self.jvm = gateway.jvm
        self.executor: Any = self.jvm.org.apache.spark.neptune.executor
        self.timer = Timer()
        self.tasks: list[Task] = []
        self.waits: dict[int, Any] = {}
        #: When the guard looked at the tasks, and at which threads' waits.
        self.looks: list[int] = []
        self.looked_at: list[int] = []
        self.at_look: Callable[[], None] = lambda: None
        #: Threads that have a turn with a key.
        self.holders: set[int] = set()
        self._functions = (
            Function(0, self._look),
            Function(2, self._wait_of),
            Function(1, self.holders.__contains__),
        )
        self.guard: Any = self.executor.BlockedTaskGuard(
            *self._functions, are_shared, EVERY_MS, self.timer
        )

    def add(self, priority: int, suspended: bool = False) -> Task:
        self.tasks.append(Task(self.jvm, priority, suspended))
        return self.tasks[-1]

    def wait(self, kind: str, *fields: Any) -> Any:
        """A wait; `owned` and `unknown` have what it is for."""
        name = f"Wait.{kind}"
        if not fields:
            return scala_object(self.executor, name)
        return getattr(self.executor, name.replace(".", "$"))(*fields)

    def at(self, line: int) -> Any:
        """A wait for something without an owner, at a line of code."""
        place = self.jvm.java.lang.StackTraceElement("Pool", "take", "Pool.java", line)
        return self.wait("Unknown", scala_seq(self.jvm, [place]))

    def waits_for(self, task: Task, wait: Any) -> None:
        self.waits[task.thread_id] = wait

    def passes(self, looks: int) -> None:
        self.timer.passes(looks * EVERY_MS)

    def _look(self) -> Any:
        self.looks.append(self.timer.now_ms)
        self.at_look()
        return scala_seq(self.jvm, self.tasks)

    def _wait_of(self, thread: int, _standing: Any) -> Any:
        self.looked_at.append(thread)
        return self.jvm.scala.Option.apply(self.waits.get(thread))


@pytest.fixture
def guarded(callbacks: JavaGateway) -> Guarded:
    return Guarded(callbacks)


@pytest.fixture
def high(guarded: Guarded) -> Task:
    return guarded.add(HIGH)


def test_the_owner_of_a_lock_is_rescued_at_the_first_look(guarded: Guarded, high: Task) -> None:
    owner, other = guarded.add(LOW, suspended=True), guarded.add(LOW, suspended=True)
    guarded.waits_for(high, guarded.wait("Owned", owner.thread_id))
    guarded.guard.watch()
    guarded.timer.passes(EVERY_MS - 1)
    assert owner.rescues == []
    guarded.timer.passes(1)
    assert (owner.rescues, other.rescues) == (["lock"], [])


def test_who_waits_for_a_turn_has_only_those_rescued_that_have_it(
    guarded: Guarded, high: Task
) -> None:
    """Mostly it is a running task that has it, and waits for a slow network."""
    low, holder = guarded.add(LOW, suspended=True), guarded.add(LOW, suspended=True)
    guarded.waits_for(high, guarded.wait("Key"))
    guarded.guard.watch()
    guarded.passes(looks=100)
    assert (low.rescues, holder.rescues) == ([], [])
    guarded.holders.add(holder.thread_id)
    guarded.passes(looks=1)
    assert (low.rescues, holder.rescues) == ([], ["lock"])


def test_a_thread_that_feeds_a_worker_waits_and_holds_as_the_tasks_own(
    guarded: Guarded, high: Task
) -> None:
    low = guarded.add(LOW, suspended=True)
    waits, holds = (guarded.jvm.java.lang.Thread() for _ in range(2))
    high.feeding, low.feeding = [waits], [holds]
    guarded.waits[int(waits.getId())] = guarded.wait("Owned", int(holds.getId()))
    guarded.guard.watch()
    guarded.passes(looks=1)
    assert low.rescues == ["lock"]


def test_who_waits_for_a_block_at_two_looks_has_all_lower_ones_rescued(
    guarded: Guarded, high: Task
) -> None:
    low = guarded.add(LOW, suspended=True)
    normal, equal = guarded.add(NORMAL, suspended=True), guarded.add(HIGH, suspended=True)
    guarded.waits_for(high, guarded.wait("Block"))
    guarded.guard.watch()
    guarded.passes(looks=1)
    assert low.rescues == []
    guarded.passes(looks=1)
    assert (low.rescues, normal.rescues, equal.rescues) == (["block"], ["block"], [])


def test_a_wait_that_was_over_meanwhile_counts_anew(guarded: Guarded, high: Task) -> None:
    low = guarded.add(LOW, suspended=True)
    guarded.guard.watch()
    for _ in range(3):
        guarded.waits_for(high, guarded.wait("Block"))
        guarded.passes(looks=1)
        guarded.waits.clear()
        guarded.passes(looks=1)
    assert low.rescues == []


def test_who_stands_at_one_place_for_long_has_all_lower_ones_rescued(
    guarded: Guarded, high: Task
) -> None:
    low = guarded.add(LOW, suspended=True)
    guarded.guard.watch()
    # At another place, it waits for something else.
    for line in (1, 2):
        guarded.waits_for(high, guarded.at(line))
        guarded.passes(looks=5)
    assert low.rescues == []
    guarded.passes(looks=1)
    assert low.rescues == ["unknown"]


def test_suspended_tasks_release_memory_and_run_only_if_that_does_not_help(
    guarded: Guarded, high: Task
) -> None:
    protocol = guarded.jvm.neptune.protocol
    keeps, empty = guarded.add(LOW, suspended=True), guarded.add(LOW, suspended=True)
    keeps.memory = empty.memory = scala_object(protocol, "MemoryRelease.Asked")
    guarded.waits_for(high, guarded.wait("Memory"))
    guarded.guard.watch()
    guarded.passes(looks=1)
    assert keeps.asked_for_memory == 0
    # They spill, for as long as it takes.
    guarded.passes(looks=20)
    assert keeps.asked_for_memory == 20
    keeps.memory = getattr(protocol, "MemoryRelease$Done")(5)
    empty.memory = getattr(protocol, "MemoryRelease$Done")(0)
    # What was released at the last moment may not have reached it yet.
    guarded.passes(looks=1)
    assert (keeps.rescues, empty.rescues) == ([], [])
    guarded.passes(looks=1)
    assert (keeps.rescues, empty.rescues) == (["memory"], [])


@pytest.mark.parametrize("are_shared", [False, True])
def test_one_of_the_same_priority_is_rescued_where_these_share_cores(
    callbacks: JavaGateway, are_shared: bool
) -> None:
    guarded = Guarded(callbacks, are_shared)
    runs, other = guarded.add(LOW), guarded.add(LOW, suspended=True)
    high = guarded.add(HIGH, suspended=True)
    guarded.waits_for(runs, guarded.wait("Block"))
    guarded.guard.watch()
    guarded.passes(looks=2)
    assert other.rescues == (["block"] if are_shared else [])
    # Who comes before it may have it wait.
    assert high.rescues == []


@pytest.mark.parametrize("waiting", [LOW, LOWEST])
def test_one_that_a_limit_holds_is_rescued_for_whoever_waits(
    guarded: Guarded, waiting: int
) -> None:
    """Also for another one of these, which has been rescued itself."""
    held, waits = guarded.add(LOWEST, suspended=True), guarded.add(waiting)
    guarded.waits_for(waits, guarded.wait("Owned", held.thread_id))
    guarded.guard.watch()
    guarded.passes(looks=1)
    assert held.rescues == ["lock"]


def test_nobody_is_looked_at_who_runs_or_has_no_lower_ones_beside_it(guarded: Guarded) -> None:
    runs = guarded.add(HIGH)
    # It serves this test, so that it does not wait.
    runs.thread = guarded.jvm.java.lang.Thread.currentThread()
    lowest = guarded.add(LOW)
    low = guarded.add(LOW, suspended=True)
    guarded.waits_for(runs, guarded.wait("Block"))
    guarded.waits_for(lowest, guarded.wait("Block"))
    guarded.guard.watch()
    guarded.passes(looks=10)
    assert (guarded.looked_at, low.rescues) == ([], [])


def assert_ends_and_begins_again(guarded: Guarded, low: Task) -> None:
    low.is_asked = False
    guarded.passes(looks=5)
    seen = len(guarded.looks)
    guarded.passes(looks=5)
    assert len(guarded.looks) == seen
    low.is_asked = True
    guarded.guard.watch()
    guarded.passes(looks=1)
    assert len(guarded.looks) == seen + 1


def test_it_looks_while_a_task_is_to_be_suspended_and_no_longer(guarded: Guarded) -> None:
    low = guarded.add(LOW, suspended=True)
    guarded.guard.watch()
    guarded.guard.watch()
    guarded.passes(looks=3)
    assert guarded.looks == [EVERY_MS, 2 * EVERY_MS, 3 * EVERY_MS]
    assert_ends_and_begins_again(guarded, low)


def test_an_exception_in_one_look_is_not_the_end(guarded: Guarded) -> None:
    guarded.add(LOW, suspended=True)

    def fail() -> None:
        if len(guarded.looks) in (1, 3):
            raise RuntimeError("a look fails")

    guarded.at_look = fail
    guarded.guard.watch()
    guarded.passes(looks=5)
    assert guarded.looks == [n * EVERY_MS for n in range(1, 6)]
    # When nobody is to be suspended any more it ends, and can begin again.
    (low,) = guarded.tasks
    assert_ends_and_begins_again(guarded, low)
