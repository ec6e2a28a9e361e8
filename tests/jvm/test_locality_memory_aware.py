"""LMA, and the two policies that are parts of it: narrated examples."""

from __future__ import annotations

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.snapshots import ONE, Executor, Memory, Pending, Snapshots, Task, names


@pytest.fixture(scope="session")
def lma(jvm: JVMView) -> Snapshots:
    return Snapshots(jvm, "lma")


A, B, C = Executor("a"), Executor("b"), Executor("c")
ONE_EACH = [Task(1, "a"), Task(2, "b"), Task(3, "c")]


def test_the_nearest_executor_gives(lma: Snapshots) -> None:
    # c caches the blocks, b is on the same host, a only in the same rack: c, then b, then a.
    near = (names("c"), names("b"), names("a"))
    assert lma.victims([A, B, C], ONE_EACH, [Pending(3, near)]) == [3, 2, 1]


def test_memory_orders_executors_where_tasks_prefer_none(lma: Snapshots) -> None:
    # Steps of 10 % and 256 MiB a window. What is held counts first: of a 55 % (step 5), of b and c
    # less than 30 % (step 2). Then spill: only b spills more than a step (300). So c, b, a.
    executors = [
        Executor("a", ONE, Memory(held_mib=550)),
        Executor("b", ONE, Memory(held_mib=210, spill_mib=300)),
        Executor("c", ONE, Memory(held_mib=290, spill_mib=200)),
    ]
    assert lma.order(executors) == ["c", "b", "a"]
    # The same order for the place of a victim.
    full = [Executor(e.name, 0, e.memory) for e in executors]
    assert lma.victims(full, ONE_EACH, [Pending(2)]) == [3, 2]


def test_a_heap_full_of_garbage_does_not_count(lma: Snapshots) -> None:
    executors = [Executor("a", ONE, Memory(heap_share=0.9)), Executor("b", ONE, Memory())]
    assert lma.order(executors) == ["a", "b"]


def test_new_tasks_share_what_is_free(lma: Snapshots) -> None:
    # a has all of its memory free, b 60 %, c 40 %. The first task goes to a; a second one there
    # would find half, and goes to b. There a third would find 30 %: it goes to a.
    executors = [
        Executor("a", 0, Memory()),
        Executor("b", 0, Memory(held_mib=400)),
        Executor("c", 0, Memory(held_mib=600)),
    ]
    tasks = [Task(n, "abc"[n % 3]) for n in range(6)]
    _, places = lma.decide(executors, tasks, [Pending(3)])
    assert sorted(places) == [(0, "a", 2), (0, "b", 1)]


def test_gc_and_python_workers_decide_where_as_much_is_held(lma: Snapshots) -> None:
    # GC: a 25 % is step 2, b and c are below 10 %. Python: b holds 600 MiB
    # (step 2), c 300 MiB (step 1).
    executors = [
        Executor("a", ONE, Memory(0.50, 0.25)),
        Executor("b", ONE, Memory(0.58, 0.05, 0, 600)),
        Executor("c", ONE, Memory(0.52, 0.09, 0, 300)),
    ]
    assert lma.order(executors) == ["c", "b", "a"]


def test_small_differences_do_not_count(lma: Snapshots) -> None:
    # 52 % and 58 % are the same step; b runs fewer tasks.
    executors = [
        Executor("a", ONE, Memory(held_mib=520)),
        Executor("b", ONE, Memory(held_mib=580)),
    ]
    assert lma.order(executors, [Task(1, "a")]) == ["b", "a"]


def test_suspended_tasks_count_where_memory_is_alike(lma: Snapshots) -> None:
    executors = [Executor("a", 0, Memory(), suspended=1), Executor("b", 0, Memory())]
    assert lma.victims(executors, [Task(1, "a"), Task(2, "b")], [Pending(1)]) == [2]


def test_an_executor_that_has_told_nothing(jvm: JVMView) -> None:
    executors = [Executor("told", ONE, Memory(held_mib=300)), Executor("new", ONE)]
    assert Snapshots(jvm, "lma", missing="Good").order(executors) == ["new", "told"]
    assert Snapshots(jvm, "lma", missing="Bad").order(executors) == ["told", "new"]


def test_the_victim_holds_little_memory(lma: Snapshots) -> None:
    # Steps of 10 % of 1000 MiB: tasks 1 and 3 hold less than one, and 3 came last.
    tasks = [Task(1, "a", memory_mib=10), Task(2, "a", memory_mib=300), Task(3, "a", memory_mib=90)]
    assert lma.victims([Executor("a", 0, Memory())], tasks, [Pending(2)]) == [3, 1]


def test_the_victim_is_not_about_to_finish(lma: Snapshots) -> None:
    # Task 2 should end within a second, so that task 1 gives, though it came first.
    tasks = [Task(1, "a", left_ms=60_000), Task(2, "a", left_ms=900)]
    assert lma.victims([A], tasks, [Pending(1)]) == [1]


def test_the_victim_is_suspended_cheaply(lma: Snapshots) -> None:
    # Task 2 took 110 ms last time (a stop by signal), task 1 took 0.2 ms.
    tasks = [Task(1, "a", suspend_ms=0.2), Task(2, "a", suspend_ms=110)]
    assert lma.victims([A], tasks, [Pending(1)]) == [1]


def test_cache_local_looks_at_nothing_but_blocks(jvm: JVMView) -> None:
    # b has the fuller heap and the higher load, but the blocks are there; the second task goes
    # where it can.
    executors = [A, Executor("b", 0, Memory(heap_share=0.9))]
    tasks = [Task(1, "a"), Task(2, "b")]
    policy = Snapshots(jvm, "cache-local")
    assert policy.victims(executors, tasks, [Pending(1, (names("b"),))]) == [2]
    assert policy.victims(executors, tasks, [Pending(2, (names("b"),))]) == [2, 1]


def test_cache_bucket_balances_among_equal_heaps(jvm: JVMView) -> None:
    # Heaps: a is in step 9; b and c are in step 2, and c runs more, so that c gives first.
    executors = [
        Executor("a", 0, Memory(heap_share=0.95)),
        Executor("b", 0, Memory(heap_share=0.21)),
        Executor("c", 0, Memory(heap_share=0.28)),
    ]
    tasks = [Task(1, "a"), Task(2, "b"), Task(3, "c"), Task(4, "c")]
    policy = Snapshots(jvm, "cache-bucket")
    # After the first, b and c run one each, and b came first; then c; a only at the end.
    assert policy.victims(executors, tasks, [Pending(4)]) == [4, 2, 3, 1]


def test_random_is_seeded(jvm: JVMView) -> None:
    tasks = [Task(i, "abc"[i % 3]) for i in range(1, 13)]
    picks = [Snapshots(jvm, "random").victims([A, B, C], tasks, [Pending(5)]) for _ in range(2)]
    assert picks[0] == picks[1]
    assert len(picks[0]) == 5
