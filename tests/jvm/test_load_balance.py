"""LB: narrated examples, and what must hold for any snapshot."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py4j.java_gateway import JVMView

ONE = 1_000_000
HIGH = 10


class Snapshots:
    """Builds Scala snapshots out of Python values."""

    def __init__(self, jvm: JVMView) -> None:
        self.jvm = jvm
        self.policy: Any = jvm.neptune.policy.LoadBalance()

    def seq(self, values: list[Any]) -> Any:
        java = self.jvm.java.util.ArrayList()
        for value in values:
            java.add(value)
        return self.jvm.scala.jdk.javaapi.CollectionConverters.asScala(java).toSeq()

    def victims(
        self,
        free: dict[str, int],
        running: list[tuple[int, str, int, int]],
        pending: list[tuple[int, int, set[str], set[str], bool]],
    ) -> list[int]:
        """running: (task id = arrival, executor, cores, priority); pending: (count, cores,
        preferred, refused, together)."""
        core = self.jvm.neptune.core
        load = {e: sum(1 for task in running if task[1] == e) for e in free}
        snapshot = core.Snapshot(
            self.seq([core.ExecutorView(e, free[e], load[e]) for e in free]),
            self.seq([core.RunningTask(i, e, c, p, i) for i, e, c, p in running]),
            self.seq(
                [
                    core.PendingTasks(
                        count,
                        cores,
                        self.seq(sorted(preferred)).toSet(),
                        self.seq(sorted(refused)).toSet(),
                        together,
                    )
                    for count, cores, preferred, refused, together in pending
                ]
            ),
        )
        victims = self.policy.victims(snapshot)
        return [victims.apply(i).taskId() for i in range(victims.size())]


@pytest.fixture(scope="session")
def snapshots(jvm: JVMView) -> Snapshots:
    return Snapshots(jvm)


def test_free_cores_are_used_before_anyone_is_suspended(snapshots: Snapshots) -> None:
    # 3 pending - 2 free = 1 victim, the one launched last.
    running = [(1, "a", ONE, 0), (2, "a", ONE, 0)]
    assert snapshots.victims({"a": 2 * ONE}, running, [(3, ONE, set(), set(), False)]) == [2]


def test_the_most_loaded_executor_gives_first(snapshots: Snapshots) -> None:
    # a runs 3, b runs 2. First victim from a (3 > 2), leaving 2:2; the tie goes to a, which was
    # there first, leaving 1:2; the third from b.
    running = [(1, "a", ONE, 0), (2, "a", ONE, 0), (3, "a", ONE, 0), (4, "b", ONE, 0)]
    running.append((5, "b", ONE, 0))
    pending: list[tuple[int, int, set[str], set[str], bool]] = [(3, ONE, set(), set(), False)]
    assert snapshots.victims({"a": 0, "b": 0}, running, pending) == [3, 2, 5]


def test_the_lowest_priority_goes_first_then_the_last_launched(snapshots: Snapshots) -> None:
    running = [(1, "a", ONE, -10), (2, "a", ONE, 0), (3, "a", ONE, -10)]
    pending: list[tuple[int, int, set[str], set[str], bool]] = [(3, ONE, set(), set(), False)]
    assert snapshots.victims({"a": 0}, running, pending) == [3, 1, 2]


def test_a_preferred_executor_gives_before_a_more_loaded_one(snapshots: Snapshots) -> None:
    running = [(1, "a", ONE, 0), (2, "a", ONE, 0), (3, "b", ONE, 0)]
    assert snapshots.victims({"a": 0, "b": 0}, running, [(1, ONE, {"b"}, set(), False)]) == [3]


def test_nobody_is_suspended_where_the_pending_tasks_refused_to_run(snapshots: Snapshots) -> None:
    running = [(1, "a", ONE, 0), (2, "b", ONE, 0)]
    assert snapshots.victims({"a": 0, "b": 0}, running, [(2, ONE, set(), {"a"}, False)]) == [2]


def test_a_task_of_two_cores_takes_two_victims_of_one_executor(snapshots: Snapshots) -> None:
    # a can give 1 core only; b can give 2.
    running = [(1, "a", ONE, 0), (2, "b", ONE, 0), (3, "b", ONE, 0)]
    pending: list[tuple[int, int, set[str], set[str], bool]] = [(1, 2 * ONE, set(), set(), False)]
    assert snapshots.victims({"a": 0, "b": 0}, running, pending) == [3, 2]


def test_a_barrier_stage_gets_all_its_cores_or_suspends_nobody(snapshots: Snapshots) -> None:
    running = [(1, "a", ONE, 0), (2, "a", ONE, 0)]
    assert snapshots.victims({"a": 0}, running, [(3, ONE, set(), set(), True)]) == []
    assert snapshots.victims({"a": 0}, running, [(2, ONE, set(), set(), True)]) == [2, 1]


CORES = st.integers(0, 3).map(lambda n: n * ONE)
EXECUTOR = st.sampled_from(["a", "b", "c"])


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    free=st.fixed_dictionaries({e: CORES for e in "abc"}),
    running=st.lists(st.tuples(EXECUTOR, st.just(ONE), st.sampled_from([-10, 0])), max_size=9),
    pending=st.lists(
        st.tuples(
            st.integers(1, 6), st.just(ONE), st.sets(EXECUTOR), st.sets(EXECUTOR), st.booleans()
        ),
        max_size=3,
    ),
)
def test_never_more_than_needed(
    snapshots: Snapshots,
    free: dict[str, int],
    running: list[tuple[str, int, int]],
    pending: list[tuple[int, int, set[str], set[str], bool]],
) -> None:
    numbered = [(i, *task) for i, task in enumerate(running, start=1)]
    victims = snapshots.victims(free, numbered, pending)
    assert len(set(victims)) == len(victims)
    assert set(victims) <= {task[0] for task in numbered}
    wanted = sum(count for count, *_ in pending)
    assert len(victims) <= wanted
    open_to_all = set("abc") - set().union(*(refused for *_, refused, _ in pending), set())
    free_for_all = sum(free[e] for e in open_to_all) // ONE
    assert len(victims) <= max(0, wanted - free_for_all)
    # Deterministic.
    assert snapshots.victims(free, numbered, pending) == victims
