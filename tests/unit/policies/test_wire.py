from __future__ import annotations

import dataclasses
import json
import re
from typing import cast

import pytest

from neptune_spark import (
    Decision,
    ExecutorSnapshot,
    MemoryFigures,
    PendingTasks,
    Placement,
    Policy,
    RunningTask,
    Snapshot,
    Victim,
)
from neptune_spark._policy.callback import PolicyCallback
from tests.unit.policies.snapshots import MEMORY, executor, pending, snapshot, task

EXECUTORS = [executor("a", 1, (task(1, "a"), task(2, "a")), memory=MEMORY), executor("b")]
GROUPS = [pending(3, preferred=[["a"], ["a", "b"]], refused=["b"], together=True)]
TEXT = json.dumps({"priority": 10, "executors": EXECUTORS, "pending": GROUPS})


class Scripted(Policy):
    def __init__(self, answer: object) -> None:
        self.answer = answer
        self.seen: list[object] = []

    def decide(self, snapshot: Snapshot) -> Decision:
        self.seen.append(snapshot)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return cast(Decision, self.answer)


def test_a_snapshot_is_made_of_records() -> None:
    made = snapshot(EXECUTORS, GROUPS)
    assert made.executors[0].memory == MemoryFigures(0.5, 0.25, 1.5, 1 << 33, 7, 9, 1 << 30)
    assert made.executors[1].memory is None
    assert [t.task_id for t in made.executors[0].tasks] == [1, 2]
    assert made.pending[0].preferred == (frozenset("a"), frozenset("ab"))
    assert made.pending[0].refused == frozenset("b")
    # It is a value: it can be compared, and kept in a set.
    assert len({made, snapshot(EXECUTORS, GROUPS)}) == 1


def test_every_field_is_kept() -> None:
    made = dataclasses.asdict(snapshot(EXECUTORS, GROUPS))
    (group,) = made["pending"]
    group["preferred"] = [sorted(level) for level in group["preferred"]]
    group["refused"] = sorted(group["refused"])
    assert json.loads(json.dumps(made)) == json.loads(TEXT)


def test_a_decision_is_written() -> None:
    decision = Decision([Victim(5, "a", "why")], (Placement(0, "a", 2),))
    policy = Scripted(decision)
    assert json.loads(PolicyCallback(policy).decide(TEXT)) == {
        "victims": [{"task_id": 5, "executor_id": "a", "reason": "why"}],
        "placements": [{"group": 0, "executor_id": "a", "count": 2}],
    }
    assert policy.seen == [snapshot(EXECUTORS, GROUPS)]


def test_a_long_question_comes_in_parts() -> None:
    policy = Scripted(Decision())
    callback = PolicyCallback(policy)
    for _ in range(2):
        callback.part(TEXT[:10])
        callback.part(TEXT[10:100])
        callback.decide(TEXT[100:])
    assert policy.seen == [snapshot(EXECUTORS, GROUPS)] * 2


def test_the_order_is_by_load_unless_overridden() -> None:
    order = PolicyCallback(Scripted(None)).offerOrder(json.dumps(EXECUTORS))
    assert json.loads(order) == {"executor_ids": ["b", "a"]}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ValueError("no idea"), "ValueError: no idea"),
        (SystemExit(3), "SystemExit: 3"),
        (None, "TypeError: decide() must return a Decision, not None"),
        ([5], "TypeError: decide() must return a Decision, not [5]"),
        (Decision([cast(Victim, 5)]), "TypeError: Decision.victims must hold Victims, not 5"),
        (
            Decision((), [cast(Placement, "a")]),
            "TypeError: Decision.placements must hold Placements, not 'a'",
        ),
    ],
)
def test_what_goes_wrong_is_told_in_the_answer(answer: object, error: str) -> None:
    told = json.loads(PolicyCallback(Scripted(answer)).decide(TEXT))
    assert told["error"] == error
    assert "Traceback" in told["traceback"]


class Disorderly(Scripted):
    def offer_order(self, executors: object) -> list[str]:
        return cast("list[str]", self.answer)


@pytest.mark.parametrize("answer", [None, "ab", [1]])
def test_an_order_is_a_list_of_ids(answer: object) -> None:
    told = json.loads(PolicyCallback(Disorderly(answer)).offerOrder("[]"))
    assert "offer_order() must return a list of executor ids" in told["error"]


@pytest.mark.parametrize(
    "kind",
    [
        Snapshot,
        ExecutorSnapshot,
        MemoryFigures,
        RunningTask,
        PendingTasks,
        Decision,
        Victim,
        Placement,
    ],
)
def test_every_field_is_documented(kind: type) -> None:
    documented = re.findall(r"^    (\w+) : ", kind.__doc__ or "", re.M)
    assert documented == [field.name for field in dataclasses.fields(kind)]
