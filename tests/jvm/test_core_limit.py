"""Which tasks are over limits, of which a task may have several."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py4j.java_gateway import JVMView

from tests.jvm.ledger_book import ONE, seq

NO_LIMIT = 2**63 - 1
check_some = partial(settings, deadline=None, derandomize=True, max_examples=60)


@dataclass(frozen=True)
class Limit:
    tasks: int = NO_LIMIT
    nanocores: int = NO_LIMIT


@dataclass(frozen=True)
class Task:
    """One that was launched after those before it."""

    limits: tuple[int, ...] = (0,)
    halves: int = 2
    priority: int = 0
    suspendable: bool = True
    state: str = "running"

    @property
    def nanocores(self) -> int:
        return self.halves * ONE // 2


def over(jvm: JVMView, limits: list[Limit], tasks: list[Task]) -> set[int]:
    """Return which tasks are, by their places."""
    core: Any = jvm.neptune.core
    ledger = core.CoreLedger()
    accounts = [core.Account(str(i)) for i in range(len(limits))]
    ledger.offered("1", 1000 * ONE)
    for number, task in enumerate(tasks):
        mine = seq(jvm, [accounts[i] for i in task.limits])
        ledger.launched(
            core.LaunchedTask(
                number, "1", task.nanocores, task.priority, task.suspendable, 1, 1, "ANY", 0,
                seq(jvm, []).toSet(), False, 2 * task.priority + 1, mine,
            )
        )  # fmt: skip
        if task.suspendable and task.state != "running":
            request = ledger.requestSuspend(number, task.state == "manual", 0).get()
            assert ledger.suspended(number, request, 1)
    told = [
        core.CoreLimit(account, limit.tasks, limit.nanocores)
        for account, limit in zip(accounts, limits)
    ]
    found = core.CoreLimit.over(seq(jvm, told))
    return {found.apply(i).task().taskId() for i in range(found.size())}


@pytest.mark.parametrize(
    ("limit", "tasks", "expected"),
    [
        (Limit(), [Task()] * 4, set()),
        (Limit(tasks=4), [Task()] * 4, set()),
        # The one launched last is the first to go.
        (Limit(tasks=3), [Task()] * 4, {3}),
        (Limit(nanocores=3 * ONE), [Task(halves=3)] * 4, {2, 3}),
        # A smaller one may fit where a larger one does not.
        (Limit(nanocores=2 * ONE), [Task(), Task(halves=3), Task()], {1}),
        # None at all would keep a job waiting for ever.
        (Limit(nanocores=1), [Task()] * 2, {1}),
        (Limit(tasks=1), [Task(), Task(priority=10)], {0}),
        (Limit(tasks=1), [Task(state="preempted"), Task()], {0}),
        (Limit(tasks=1), [Task(state="preempted"), Task(), Task(state="preempted")], {0, 2}),
        (Limit(tasks=1), [Task(priority=10, state="preempted"), Task()], {1}),
        (Limit(tasks=1), [Task(priority=10, state="manual"), Task()], {0}),
        (Limit(tasks=2), [Task(), Task(), Task(suspendable=False)], {1}),
        (Limit(tasks=1), [Task(suspendable=False), Task(suspendable=False), Task()], {2}),
    ],
)
def test_some_keep_their_cores_and_the_others_are_over(
    jvm: JVMView, limit: Limit, tasks: list[Task], expected: set[int]
) -> None:
    assert over(jvm, [limit], tasks) == expected


def test_who_is_over_one_limit_takes_nothing_of_another(jvm: JVMView) -> None:
    pool, user = Limit(tasks=2), Limit(tasks=1)
    tasks = [Task((0, 1)), Task((0, 1)), Task((0,)), Task((0,))]
    assert over(jvm, [pool, user], tasks) == {1, 3}


def test_limits_hold_and_are_used_up(jvm: JVMView) -> None:
    @check_some()
    @given(
        limits=st.lists(
            st.builds(
                Limit,
                st.sampled_from([1, 2, 4, NO_LIMIT]),
                st.sampled_from([ONE // 4, ONE, 3 * ONE, NO_LIMIT]),
            ),
            min_size=2,
            max_size=2,
        ),
        tasks=st.lists(
            st.builds(
                Task,
                st.sampled_from([(), (0,), (1,), (0, 1)]),
                st.integers(1, 4),
                st.sampled_from([-10, 0, 10]),
                st.sampled_from([True, True, True, False]),
                st.sampled_from(["running", "running", "preempted", "manual"]),
            ),
            max_size=9,
        ),
    )
    def check(limits: list[Limit], tasks: list[Task]) -> None:
        found = over(jvm, limits, tasks)
        kept = [task for i, task in enumerate(tasks) if i not in found]
        rooms = [_left(limit, i, kept) for i, limit in enumerate(limits)]
        assert kept or not tasks
        for i, room in enumerate(rooms):
            mine = [task for task in kept if i in task.limits]
            movable = [task for task in mine if task.suspendable]
            assert min(room) >= 0 or len(mine) == 1 or not movable
        for i in found:
            assert tasks[i].suspendable
            # It does not fit beside those that are kept.
            assert any(
                min(rooms[n][0] - 1, rooms[n][1] - tasks[i].nanocores) < 0 for n in tasks[i].limits
            )

    check()


def _left(limit: Limit, number: int, kept: list[Task]) -> tuple[int, int]:
    mine = [task for task in kept if number in task.limits]
    return limit.tasks - len(mine), limit.nanocores - sum(task.nanocores for task in mine)
