"""What must hold of every policy's answer to any snapshot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py4j.java_gateway import JVMView

from tests.jvm.snapshots import ONE, Executor, Memory, Pending, Snapshots, Task

NAMES = ["lma", "lb", "cache-local", "cache-bucket", "random"]
EXECUTOR = st.sampled_from("abc")
MEMORY = st.none() | st.builds(
    Memory,
    heap_share=st.floats(0, 1),
    gc_share=st.floats(0, 1),
    spill_mib=st.integers(0, 900),
    python_mib=st.integers(0, 900),
    held_mib=st.integers(0, 1100),
)


def executors_named(name: st.SearchStrategy[str]) -> st.SearchStrategy[Executor]:
    return st.builds(Executor, name, st.integers(0, 3).map(ONE.__mul__), MEMORY, st.integers(0, 3))


SNAPSHOT = st.tuples(
    st.tuples(*(executors_named(st.just(n)) for n in "abc")),
    st.lists(
        st.tuples(EXECUTOR, st.sampled_from([-10, 0]), st.integers(1, 2), st.booleans()),
        max_size=9,
    ),
    st.lists(
        st.builds(
            Pending,
            count=st.integers(1, 6),
            preferred=st.lists(st.frozensets(EXECUTOR, min_size=1), max_size=2).map(tuple),
            refused=st.frozensets(EXECUTOR),
            together=st.booleans(),
            cores=st.sampled_from([ONE, ONE, 2 * ONE]),
        ),
        max_size=3,
    ),
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_sound(jvm: JVMView, name: str) -> None:
    policy = Snapshots(jvm, name)

    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(snapshot=SNAPSHOT)
    def check(
        snapshot: tuple[tuple[Executor, ...], list[tuple[str, int, int, bool]], list[Pending]],
    ) -> None:
        executors, running, pending = snapshot
        tasks = [
            Task(i, executor, priority, cores * ONE, able)
            for i, (executor, priority, cores, able) in enumerate(running, start=1)
        ]
        sound(policy, list(executors), tasks, pending)

    check()


def sound(
    policy: Snapshots, executors: list[Executor], tasks: list[Task], pending: list[Pending]
) -> None:
    victims, places = policy.decide(executors, tasks, pending)
    by_id = {task.task_id: task for task in tasks}
    assert len(set(victims)) == len(victims)
    assert all(by_id[victim].suspendable for victim in victims)
    for index, group in enumerate(pending):
        placed = sum(count for place, _, count in places if place == index)
        assert placed <= group.count
        assert placed in (0, group.count) or not group.together
        assert not any(place == index and e in group.refused for place, e, _ in places)
    for executor in executors:
        freed = sum(by_id[v].cores for v in victims if by_id[v].executor == executor.name)
        taken = sum(n * pending[g].cores for g, e, n in places if e == executor.name)
        # Placement never exceeds the cores.
        assert taken <= executor.free + freed
        # Never more than needed: without any one of its victims it would not do. Victims are taken
        # for one pending task after the other: of several sizes, a later one may make up for all.
        mine = [v for v in victims if by_id[v].executor == executor.name]
        for victim in mine if len({by_id[v].cores for v in mine}) == 1 else []:
            assert taken > executor.free + freed - by_id[victim].cores
    # Deterministic.
    assert policy.decide(executors, tasks, pending) == (victims, places)
    assert sorted(policy.order(executors, tasks)) == ["a", "b", "c"]


@pytest.mark.parametrize("name", NAMES)
def test_a_core_too_many_is_made_up_for_or_nobody_is_suspended(jvm: JVMView, name: str) -> None:
    # A rescued task runs beside the others: to suspend the only lower one would free no core.
    policy, overdrawn = Snapshots(jvm, name), [Executor("a", -ONE)]
    assert policy.decide(overdrawn, [Task(1, "a")], [Pending(1)]) == ([], [])
    victims, places = policy.decide(overdrawn, [Task(1, "a"), Task(2, "a")], [Pending(1)])
    assert (sorted(victims), places) == ([1, 2], [(0, "a", 1)])


@pytest.mark.parametrize("name", NAMES)
def test_whoever_could_get_a_core_gets_one(jvm: JVMView, name: str) -> None:
    # 2 free cores and 4 suspendable tasks of one core each make 6 places for 9 pending tasks.
    tasks = [Task(i, "abc"[i % 3]) for i in range(1, 5)] + [Task(5, "a", suspendable=False)]
    executors = [Executor("a", ONE), Executor("b", ONE), Executor("c")]
    victims, places = Snapshots(jvm, name).decide(executors, tasks, [Pending(9)])
    assert sorted(victims) == [1, 2, 3, 4]
    assert sum(count for _, _, count in places) == 6
