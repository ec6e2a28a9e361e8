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


def test_the_most_loaded_executor_gives_first(lb: Snapshots) -> None:
    # a runs 3, b runs 2. First victim from a (3 > 2), leaving 2:2; the tie goes to a, which was
    # there first, leaving 1:2; the third from b.
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "a"), Task(4, "b"), Task(5, "b")]
    assert lb.victims([A, B], tasks, [Pending(3)]) == [3, 2, 5]


def test_free_cores_of_the_least_loaded_executor_are_taken_first(lb: Snapshots) -> None:
    # a: 2 of 4 cores run, b: 1 of 8. b is filled up to 2, then a and b in turn: a 3, b 3, a 4.
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "b")]
    executors = [Executor("a", 2 * ONE), Executor("b", 7 * ONE)]
    victims, places = lb.decide(executors, tasks, [Pending(4)])
    assert victims == []
    assert sorted(places) == [(0, "a", 2), (0, "b", 2)]


def test_heaps_decide_between_equal_loads_in_steps(lb: Snapshots) -> None:
    # Steps of 10 %: a's 57 % is step 5, b's 31 % and c's 38 % are both step 3, where b came first.
    memories = {"a": 0.57, "b": 0.31, "c": 0.38}
    executors = [Executor(n, ONE, Memory(heap_share=share)) for n, share in memories.items()]
    assert lb.order(executors) == ["b", "c", "a"]
    # Of equal loads, the fullest heap gives the victim.
    full = [Executor(n, 0, Memory(heap_share=share)) for n, share in memories.items()]
    assert lb.victims(full, [Task(1, "a"), Task(2, "b"), Task(3, "c")], [Pending(1)]) == [1]


def test_the_lowest_priority_goes_first_then_the_last_launched(lb: Snapshots) -> None:
    tasks = [Task(1, "a", -10), Task(2, "a", 0), Task(3, "a", -10)]
    assert lb.victims([A], tasks, [Pending(3)]) == [3, 1, 2]


def test_who_is_beyond_its_share_goes_before_others_of_its_priority(lb: Snapshots) -> None:
    # b runs one task, a three; but that of b is beyond its party's share.
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "a"), Task(4, "b", beyond=True)]
    assert lb.victims([A, B], tasks, [Pending(2)]) == [4, 3]
    # A lower priority comes first all the same.
    assert lb.victims([A, B], [*tasks, Task(5, "a", -10)], [Pending(1)]) == [5]


def test_a_lower_priority_elsewhere_goes_before_a_more_loaded_executor(lb: Snapshots) -> None:
    # a runs two tasks of priority 0, b only one, but that is of priority -10.
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "b", -10)]
    assert lb.victims([A, B], tasks, [Pending(1)]) == [3]


def test_a_preferred_executor_gives_before_a_more_loaded_one(lb: Snapshots) -> None:
    tasks = [Task(1, "a"), Task(2, "a"), Task(3, "b")]
    assert lb.victims([A, B], tasks, [Pending(1, (names("b"),))]) == [3]


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
