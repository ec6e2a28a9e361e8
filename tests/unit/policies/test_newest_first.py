"""The example: narrated, since users copy from it."""

from __future__ import annotations

from pathlib import Path

from neptune_spark import Decision
from neptune_spark.policies import NewestFirst
from neptune_spark.policies import _newest_first as newest_first
from tests.unit.policies.snapshots import executor, pending, snapshot, task


def decide(executors: list[object], groups: list[object]) -> Decision:
    return NewestFirst().decide(snapshot(executors, groups))


def ids(decision: Decision) -> list[int]:
    return [victim.task_id for victim in decision.victims]


def places(decision: Decision) -> set[tuple[int, str, int]]:
    return {(p.group, p.executor_id, p.count) for p in decision.placements}


def test_free_cores_first_then_the_newest() -> None:
    # 4 pending - 1 free = 3 victims, newest first; 6 must not be suspended.
    a = executor("a", 1, (task(1, "a"), task(4, "a")))
    b = executor("b", 0, (task(2, "b"), task(5, "b"), task(6, "b", suspendable=False)))
    decision = decide([a, b], [pending(4)])
    assert ids(decision) == [5, 4, 2]
    assert places(decision) == {(0, "a", 2), (0, "b", 2)}


def test_cores_of_one_executor_for_a_task_that_needs_two() -> None:
    a = executor("a", 0, (task(1, "a"), task(5, "a")))
    b = executor("b", 0, (task(4, "b"),))
    decision = decide([a, b], [pending(1, cores=2)])
    assert ids(decision) == [5, 1]
    assert places(decision) == {(0, "a", 1)}


def test_nobody_where_the_pending_tasks_refused_to_run() -> None:
    a = executor("a", 1, (task(2, "a"),))
    b = executor("b", 0, (task(1, "b"),))
    decision = decide([a, b], [pending(2, refused=["a"])])
    assert ids(decision) == [1]
    assert places(decision) == {(0, "b", 1)}


def test_tasks_that_start_together_get_all_or_nothing() -> None:
    a = executor("a", 1, (task(1, "a"),))
    decision = decide([a], [pending(3, together=True), pending(1)])
    assert ids(decision) == []
    assert places(decision) == {(1, "a", 1)}


def test_the_documentation_shows_it_as_it_is() -> None:
    source = Path(newest_first.__file__).read_text(encoding="utf-8")
    code = source[source.index("from __future__") :]
    page = Path(__file__).parents[3] / "docs" / "policies.md"
    assert f"```python\n{code}```" in page.read_text(encoding="utf-8")
