"""LB: narrated examples on heterogeneous executors."""

from __future__ import annotations

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.snapshots import ONE, Executor, Memory, Pending, Snapshots, Task, names


@pytest.fixture(scope="session")
def lb(jvm: JVMView) -> Snapshots:
    return Snapshots(jvm, "lb")


A, B = Executor("a"), Executor("b")


def test_free_cores_are_used_before_anyone_is_suspended(lb: Snapshots) -> None:
    # 3 pending - 2 free = 1 victim, the one launched last.
    tasks = [Task(1, "a"), Task(2, "a")]
    assert lb.victims([Executor("a", 2 * ONE)], tasks, [Pending(3)]) == [2]


def test_victims_are_spread_by_the_cores_of_executors(lb: Snapshots) -> None:
    # a has 3 cores, b has 2; both run a task on each. a gives first, since it was there first, and
    # has 4 tasks for 3 cores then; b, with 2 for 2, gives next (3 for 2), then a again.
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "a"), Task(4, "b"), Task(5, "b")]
    assert lb.victims([A, B], tasks, [Pending(3)]) == [3, 5, 2]


def test_suspended_tasks_count(lb: Snapshots) -> None:
    # On a, one task waits for its core already: b gives the victim, and a free core comes first.
    one_each = [Task(1, "a"), Task(2, "b")]
    assert lb.victims([Executor("a", suspended=1), B], one_each, [Pending(1)]) == [2]
    free = [Executor("a", ONE, suspended=1), Executor("b", ONE)]
    assert lb.decide(free, one_each, [Pending(1)]) == ([], [(0, "b", 1)])
    assert lb.order(free, one_each) == ["b", "a"]


def test_free_cores_of_the_least_loaded_executor_are_taken_first(lb: Snapshots) -> None:
    # a: 2 of 4 cores run, b: 1 of 8. b is filled up to half, too; then a comes first.
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "b")]
    executors = [Executor("a", 2 * ONE), Executor("b", 7 * ONE)]
    victims, places = lb.decide(executors, tasks, [Pending(4)])
    assert victims == []
    assert sorted(places) == [(0, "a", 1), (0, "b", 3)]


def test_each_stage_begins_at_another_executor(lb: Snapshots) -> None:
    tasks = [Task(1, "a"), Task(2, "b")]
    first = [lb.victims([A, B], tasks, [Pending(1, stage=n)]) for n in range(20)]
    assert first[6:9] == [[2], [1], [2]]
    # Also where each job has two stages, of which only one lacks cores.
    assert 4 <= first[::2].count([1]) <= 6


def test_memory_does_not_count(lb: Snapshots) -> None:
    executors = [Executor("a", ONE, Memory(heap_share=0.9, held_mib=900)), Executor("b", ONE)]
    assert lb.order(executors) == ["a", "b"]


def test_the_lowest_priority_goes_first_then_the_last_launched(lb: Snapshots) -> None:
    tasks = [Task(1, "a", -10), Task(2, "a", 0), Task(3, "a", -10)]
    assert lb.victims([A], tasks, [Pending(3)]) == [3, 1, 2]


def test_who_is_beyond_its_share_goes_before_others_of_its_priority(lb: Snapshots) -> None:
    # a was there first; but the task of b is beyond its party's share.
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "a"), Task(4, "b", beyond=True)]
    assert lb.victims([A, B], tasks, [Pending(2)]) == [4, 3]
    # A lower priority comes first all the same.
    assert lb.victims([A, B], [*tasks, Task(5, "a", -10)], [Pending(1)]) == [5]


def test_a_lower_priority_goes_before_a_less_loaded_executor(lb: Snapshots) -> None:
    # a runs two tasks of priority 0, b only one, but that is of priority -10.
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "b", -10)]
    assert lb.victims([A, Executor("b", suspended=1)], tasks, [Pending(1)]) == [3]


def test_a_preferred_executor_gives_before_a_less_loaded_one(lb: Snapshots) -> None:
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "b")]
    assert lb.victims([A, Executor("b", suspended=1)], tasks, [Pending(1, (names("b"),))]) == [3]


def test_nobody_is_suspended_where_the_pending_tasks_refused_to_run(lb: Snapshots) -> None:
    tasks = [Task(1, "a"), Task(2, "b")]
    assert lb.victims([A, B], tasks, [Pending(2, refused=names("a"))]) == [2]


def test_what_must_not_be_suspended_is_not(lb: Snapshots) -> None:
    tasks = [Task(1, "a", suspendable=False), Task(2, "a", suspendable=False), Task(3, "b")]
    assert lb.victims([A, B], tasks, [Pending(3)]) == [3]


def test_a_task_of_two_cores_takes_two_victims_of_one_executor(lb: Snapshots) -> None:
    # a can give 1 core only; b can give 2.
    tasks = [Task(1, "a"), Task(2, "b"), Task(3, "b")]
    assert lb.victims([A, B], tasks, [Pending(1, cores=2 * ONE)]) == [3, 2]


def test_a_barrier_stage_gets_all_its_cores_or_suspends_nobody(lb: Snapshots) -> None:
    tasks = [Task(1, "a"), Task(2, "a")]
    assert lb.decide([A], tasks, [Pending(3, together=True)]) == ([], [])
    assert lb.victims([A], tasks, [Pending(2, together=True)]) == [2, 1]


def test_what_a_barrier_stage_could_not_use_is_left_for_the_next(lb: Snapshots) -> None:
    # The stage wants 3 of 2 cores, and so takes none; the next task gets the victim it needs.
    tasks = [Task(1, "a"), Task(2, "a")]
    assert lb.victims([A], tasks, [Pending(3, together=True), Pending(1)]) == [2]
