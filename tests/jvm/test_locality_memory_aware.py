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
    # Steps of 256 MiB a window and 10 %. Spill counts first: only a spills more than a step (300).
    # Then the heap: c is in step 2, b in step 5. So c, b, a.
    executors = [
        Executor("a", ONE, Memory(heap_share=0.10, spill_mib=300)),
        Executor("b", ONE, Memory(heap_share=0.55)),
        Executor("c", ONE, Memory(heap_share=0.29, spill_mib=200)),
    ]
    assert lma.order(executors) == ["c", "b", "a"]
    # The same order for the place of a victim.
    full = [Executor(e.name, 0, e.memory) for e in executors]
    assert lma.victims(full, ONE_EACH, [Pending(2)]) == [3, 2]


def test_gc_and_python_workers_decide_where_heaps_are_equal(lma: Snapshots) -> None:
    # All in heap step 5. GC: a 25 % is step 2, b and c are below 10 %. Python: b holds 600 MiB
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
        Executor("a", ONE, Memory(heap_share=0.52)),
        Executor("b", ONE, Memory(heap_share=0.58)),
    ]
    assert lma.order(executors, [Task(1, "a")]) == ["b", "a"]


def test_an_executor_that_has_told_nothing(jvm: JVMView) -> None:
    executors = [Executor("told", ONE, Memory(heap_share=0.30)), Executor("new", ONE)]
    assert Snapshots(jvm, "lma", missing="Good").order(executors) == ["new", "told"]
    assert Snapshots(jvm, "lma", missing="Bad").order(executors) == ["told", "new"]


def test_the_victim_holds_little_memory(lma: Snapshots) -> None:
    # Steps of 256 MiB: task 1 holds step 0, task 2 step 1, task 3 step 0 too and came last.
    tasks = [Task(1, "a", memory_mib=10), Task(2, "a", memory_mib=300), Task(3, "a", memory_mib=90)]
    assert lma.victims([A], tasks, [Pending(2)]) == [3, 1]


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
