"""Decision.fault: what is wrong with a policy's answer, narrated."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.snapshots import ONE, Executor, Pending, Snapshots, Task

# Executor a runs 1 and 2, of one core each, and 3, which must not be suspended; b runs 4, of two.
EXECUTORS = [Executor("a"), Executor("b", free=ONE)]
TASKS = [Task(1, "a"), Task(2, "a"), Task(3, "a", suspendable=False), Task(4, "b", cores=2 * ONE)]


class Faults:
    def __init__(self, jvm: JVMView) -> None:
        self._snapshots = Snapshots(jvm, "lb")
        self._core = jvm.neptune.core

    def of(
        self,
        victims: list[tuple[int, str]],
        placements: list[tuple[int, str, int]],
        pending: list[Pending],
        executors: Sequence[Executor] = EXECUTORS,
    ) -> str | None:
        """What is wrong with a decision, if anything is."""
        decision = self._core.Decision(
            self._snapshots.seq([self._core.Victim.apply(i, e, "a reason") for i, e in victims]),
            self._snapshots.seq([self._core.Placement(g, e, n) for g, e, n in placements]),
        )
        snapshot = self._snapshots.snapshot(executors, TASKS, pending)
        fault = self._core.Decision.fault(decision, snapshot)
        return str(fault.get()) if fault.isDefined() else None


@pytest.fixture
def faults(jvm: JVMView) -> Faults:
    return Faults(jvm)


def test_just_enough_victims_are_right(faults: Faults) -> None:
    assert faults.of([(2, "a"), (1, "a")], [(0, "a", 2), (0, "b", 1)], [Pending(3)]) is None


def test_nothing_is_right_too(faults: Faults) -> None:
    assert faults.of([], [], [Pending(3)]) is None


def test_one_victim_may_free_more_than_is_needed(faults: Faults) -> None:
    # 4 holds two cores, and can't give one of them only.
    assert faults.of([(4, "b")], [(0, "b", 1)], [Pending(1)]) is None


def test_victims_make_up_for_a_core_too_many_first(faults: Faults) -> None:
    # A rescued task runs on a core that a has not: one victim makes up for it, the other is of use.
    overdrawn = [Executor("a", free=-ONE), EXECUTORS[1]]
    assert faults.of([(2, "a"), (1, "a")], [(0, "a", 1)], [Pending(1)], overdrawn) is None


@pytest.mark.parametrize(
    ("victims", "fault"),
    [
        ([(2, "a"), (2, "a")], "it names a victim twice"),
        ([(9, "a")], "it names the victim 9 on executor a, which runs no such task"),
        ([(4, "a")], "it names the victim 4 on executor a, which runs no such task"),
        ([(1, "z")], "it names the victim 1 on executor z, which runs no such task"),
        ([(3, "a")], "it names the victim 3, which must not be suspended"),
        # The first of them frees the core that the one pending task needs.
        ([(2, "a"), (1, "a")], "it names 2 victims, more than the pending tasks need"),
    ],
)
def test_wrong_victims(faults: Faults, victims: list[tuple[int, str]], fault: str) -> None:
    assert faults.of(victims, [], [Pending(1)]) == fault


@pytest.mark.parametrize(
    ("placement", "fault"),
    [
        ((0, "z", 1), "it places tasks on executor z, which does not exist"),
        ((1, "a", 1), "it places tasks of group 1, which is not one of the pending ones"),
        ((-1, "a", 1), "it places tasks of group -1, which is not one of the pending ones"),
        ((0, "a", 3), "it places 3 tasks of group 0, which has 2"),
        ((0, "a", 0), "it places 0 tasks of group 0, which has 2"),
    ],
)
def test_wrong_placements(faults: Faults, placement: tuple[int, str, int], fault: str) -> None:
    assert faults.of([], [placement], [Pending(2)]) == fault
