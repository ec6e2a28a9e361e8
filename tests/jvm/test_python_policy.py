"""A snapshot on its way from the JVM into a Python policy, and the decision on its way back."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway

import neptune_spark
from neptune_spark import Decision, Placement, Snapshot, Victim
from neptune_spark._policy.callback import PolicyCallback
from tests.jvm.snapshots import MIB, ONE, Executor, Memory, Pending, Snapshots, Task

EXECUTORS = [Executor("a", 2 * ONE, Memory(0.5, 0.25, 3, 4, 9)), Executor("b")]
PENDING = [Pending(3, (frozenset("a"), frozenset("ab")), frozenset("b"), together=True)]


class Mine(neptune_spark.Policy):
    def __init__(self) -> None:
        self.seen: list[Snapshot] = []
        self.parts = 0

    def decide(self, snapshot: Snapshot) -> Decision:
        self.seen.append(snapshot)
        newest = snapshot.executors[1].tasks[-1]
        return Decision([Victim(newest.task_id, "b", "it is")], [Placement(0, "a", 2)])


class Counting(PolicyCallback):
    parts = 0

    def part(self, text: str) -> None:
        self.parts += 1
        super().part(text)


@pytest.mark.parametrize(("tasks", "in_parts"), [(2, False), (100, True)])
def test_there_and_back(callbacks: JavaGateway, tasks: int, in_parts: bool) -> None:
    jvm = callbacks.jvm
    mine = Mine()
    callback = Counting(mine)
    policy: Any = jvm.org.apache.spark.neptune.driver.policies.PythonPolicy("mine", callback)
    running = [Task(i, "b", -10, memory_mib=5, suspend_ms=0.5) for i in range(tasks)]
    scala = Snapshots(jvm, "lb").snapshot(EXECUTORS, running, PENDING)
    decision = policy.decide(scala)
    assert decision.toString() == (
        f"Decision(Vector(Victim({tasks - 1},b,it is)),Vector(Placement(0,a,2)))"
    )
    # A long text at once would be slow.
    assert (callback.parts > 0) == in_parts
    (seen,) = mine.seen
    assert seen.priority == 10
    a, b = seen.executors
    assert (a.executor_id, a.host, a.free_nanocores) == ("a", "host of a", 2 * ONE)
    assert a.memory == neptune_spark.MemoryFigures(
        0.5, 0.25, 3.0 * MIB / 30, 4 * MIB, 0, 9 * MIB, 1000 * MIB
    )
    assert (a.lowest_priority, b.lowest_priority) == (None, -10)
    assert b.memory is None
    assert [task.task_id for task in b.tasks] == list(range(tasks))
    task = b.tasks[0]
    assert (task.memory_bytes, task.suspend_s, task.left_s) == (5 * MIB, 0.0005, None)
    (group,) = seen.pending
    assert group.preferred == (frozenset("a"), frozenset("ab"))
    assert (group.count, group.refused, group.together) == (3, frozenset("b"), True)
    assert policy.offerOrder(scala.executors()).toString() == "Vector(a, b)"


class Answering(PolicyCallback):
    """A Python side that says what it should not."""

    def __init__(self, answer: str) -> None:
        super().__init__(Mine())
        self._answer = answer

    def decide(self, rest: str) -> str:
        return self._answer


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("so", "it is not JSON"),
        ('{"victims": [{"task_id": 1.5}]}', "task_id is 1.5"),
        ('{"victims": [{"task_id": "1"}]}', 'task_id is "1"'),
        ('{"victims": [{}]}', "task_id is "),
        ('{"error": "ValueError: no", "traceback": "at line 1"}', "at line 1"),
    ],
)
def test_an_answer_that_cannot_be_read(callbacks: JavaGateway, answer: str, why: str) -> None:
    jvm = callbacks.jvm
    policy = jvm.org.apache.spark.neptune.driver.policies.PythonPolicy("mine", Answering(answer))
    thread = jvm.org.apache.spark.neptune.driver.policies.PolicyThread(None, 60_000)
    guard = jvm.neptune.policy.PolicyGuard(policy, thread)
    said = guard.decide(Snapshots(jvm, "lb").snapshot(EXECUTORS, [], PENDING))
    none = said.swap().toOption().get()
    assert "raised" in none.sentence()
    assert why in none.cause().get().toString()
    guard.close()
