"""Who has which of a limit's cores, where several want more than it allows."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from tests.jvm.ledger_book import ONE, seq
from tests.jvm.test_limits import Limited

LEVEL, HIGH = 0, 10
MS = 1_000_000
NO_LIMIT = 2**63 - 1


class Limit:
    """One of so many cores, on an executor that has more, or on several without any others."""

    def __init__(
        self, jvm: JVMView, order: str = "feedback", cores: int = 2, executors: int = 1
    ) -> None:
        self._jvm, self.most, self.is_changed = jvm, cores * ONE, False
        #: The tasks that are not to be suspended now.
        self.resting: set[int] = set()
        self._parts: list[Any] = []
        core: Any = jvm.neptune.core
        self._sharing: Any = jvm.org.apache.spark.neptune.driver.sharing
        self.ledger: Any = core.CoreLedger()
        self._executors = [str(number + 1) for number in range(executors)]
        for executor in self._executors:
            self.ledger.offered(executor, 20 * ONE if executors == 1 else cores * ONE // executors)
        self.account: Any = core.Account("pool etl")
        limited = Limited(jvm, {"order": order})
        orders = self._sharing.Orders(limited.settings, limited.jobs)
        self.shares: Any = self._sharing.LimitShares(self.account, orders)
        self._tasks = 0

    def part(self, name: str, level: int = LEVEL) -> Any:
        """That of a party that has used nothing so far."""
        found = self.shares.part(self._sharing.Party(name, level, 0), 0)
        self._parts.append(found)
        return found

    def launch(
        self, part: Any, count: int, suspendable: bool = True, cores: int = 1, at: str = ""
    ) -> list[int]:
        """Launch tasks of a part, or some that have no part in it."""
        launched = []
        level = LEVEL if part is None else part.party().level()
        accounts = [self.account] if part is None else [self.account, part.account()]
        for number in range(count):
            executor = at or self._executors[number % len(self._executors)]
            launched.append(self._tasks)
            self.ledger.launched(
                self._jvm.neptune.core.LaunchedTask(
                    self._tasks, executor, cores * ONE, level, suspendable, 1, 1, "ANY", 0,
                    seq(self._jvm, []).toSet(), False, 2 * level + 1,
                    seq(self._jvm, accounts),
                )
            )  # fmt: skip
            self._tasks += 1
        return launched

    def deal(self, waiting: dict[Any, int] | None = None, now_ms: int = 0) -> list[int]:
        """Return which tasks make room, in a round where so many tasks of a core wait."""
        self.begin()
        for part, count in (waiting or {}).items():
            part.waits(count * ONE, ONE)
            self.shares.binds(part.party().level(), True)
        return self.deal_again(now_ms)

    def begin(self, alone: bool = True) -> None:
        """A round begins, in which it may be all that binds its tasks."""
        self.shares.beginRound()
        for part in self._parts:
            if part.account().size():
                self.shares.binds(part.party().level(), alone)

    def deal_again(self, now_ms: int = 0) -> list[int]:
        self.shares.deal(self.most, self.is_changed, Places(self), now_ms * MS)
        found = self.shares.over()
        return [found.apply(i).task().taskId() for i in range(found.size())]

    def ask(self, task: int) -> int:
        """It is asked to suspend because of the limit."""
        self.ledger.ranked(task, self._jvm.neptune.core.Rank.held())
        return int(self.ledger.requestSuspend(task, False, 0).get())

    def hold(self, task: int) -> None:
        """It is suspended because of the limit."""
        self.ledger.suspended(task, self.ask(task), 0)


class Places:
    """A neptune TaskPlaces, of tasks on executors that nobody else uses."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit

    def mayYield(self, entry: Any) -> bool:
        return entry.task().taskId() not in self._limit.resting

    def spareNanocores(self, entry: Any) -> int:
        return int(self._limit.ledger.idleNanocores(entry.task().executorId()))

    class Java:
        implements = ("org.apache.spark.neptune.driver.sharing.TaskPlaces",)


@pytest.fixture
def limit(callbacks: JavaGateway) -> Limit:
    return Limit(callbacks.jvm)


def test_nobody_makes_room_while_it_allows_all_that_is_wanted(limit: Limit) -> None:
    long, short = limit.part("job 1"), limit.part("job 2")
    limit.launch(long, 1)
    assert limit.deal({short: 1}) == []
    assert not limit.shares.areContended()
    assert short.dueNanocores() == NO_LIMIT


def test_nor_for_more_tasks_of_ones_own(limit: Limit) -> None:
    long = limit.part("job 1")
    limit.launch(long, 2)
    assert limit.deal({long: 5}) == []


def test_nor_without_an_order(callbacks: JavaGateway) -> None:
    limit = Limit(callbacks.jvm, "spark")
    long, short = limit.part("job 1"), limit.part("job 2")
    limit.launch(long, 2)
    assert limit.deal({short: 1}) == []
    assert not limit.shares.areContended()


def test_who_holds_more_than_is_due_makes_room(limit: Limit) -> None:
    long, short = limit.part("job 1"), limit.part("job 2")
    _, second = limit.launch(long, 2)
    assert limit.deal({long: 5, short: 1}) == [second]
    assert short.roomFor(ONE) == 1
    # Not for its own waiting task.
    assert long.roomFor(ONE) == 0
    # Nor does another one while it is about to stop.
    request = limit.ask(second)
    assert limit.deal({long: 5, short: 1}) == [second]
    limit.ledger.suspended(second, request, 0)
    assert limit.account.barredNanocores() == ONE and limit.account.tasksBarred() == 1
    assert limit.deal({long: 5, short: 1}) == [second]
    assert long.roomFor(ONE) == 0
    # It is back when the other one has ended.
    (third,) = limit.launch(short, 1)
    assert limit.deal({long: 5}) == [second]
    limit.ledger.ended(third, 0)
    assert limit.deal({long: 5}) == []
    assert not limit.shares.areContended()


def test_nobody_makes_room_while_there_is_some(callbacks: JavaGateway) -> None:
    limit = Limit(callbacks.jvm, cores=10)
    long, other = limit.part("job 1"), limit.part("job 2")
    tasks = limit.launch(long, 6)
    limit.launch(other, 1)
    assert limit.deal({long: 9, other: 3}) == []
    # What others lack beyond that, they do, those last that were launched first.
    assert limit.deal({long: 9, other: 9}) == [tasks[-1]]


def test_who_has_made_room_waits_for_some_when_nobody_contends_any_more(limit: Limit) -> None:
    long, short = limit.part("job 1"), limit.part("job 2")
    tasks = limit.launch(long, 2)
    assert sorted(limit.deal({short: 5, long: 5}, now_ms=0)) == tasks[1:]
    limit.hold(tasks[1])
    others = limit.launch(short, 1)
    # Another limit binds some of them from now on.
    limit.begin(alone=False)
    assert limit.deal_again() == tasks[1:]
    limit.ledger.ended(others[0], 0)
    limit.begin(alone=False)
    assert limit.deal_again() == []


def test_what_a_task_held_no_longer_counts_once_it_has_ended(limit: Limit) -> None:
    (task,) = limit.launch(limit.part("job 1"), 1)
    limit.hold(task)
    limit.ledger.ended(task, 0)
    assert limit.account.barredNanocores() == limit.account.tasksBarred() == 0


def test_tasks_that_cannot_be_suspended_keep_their_cores(limit: Limit) -> None:
    long, short = limit.part("job 1"), limit.part("job 2")
    limit.launch(long, 2, suspendable=False)
    assert limit.deal({short: 1}) == []


def test_who_is_suspended_manually_has_nothing_of_what_is_due(callbacks: JavaGateway) -> None:
    limit = Limit(callbacks.jvm, cores=4)
    long, short = limit.part("job 1"), limit.part("job 2")
    tasks = limit.launch(long, 4)
    for task in tasks[2:]:
        limit.hold(task)
    limit.launch(short, 2)
    for task in tasks[:2]:
        limit.ledger.suspended(task, limit.ledger.requestSuspend(task, True, 0).get(), 0)
    # The two that have made room are due its cores.
    assert set(limit.deal({short: 2})).isdisjoint(tasks[2:])


def test_another_level_shares_nothing_with_this_one(limit: Limit) -> None:
    low, high = limit.part("job 1"), limit.part("job 2", HIGH)
    limit.launch(low, 2)
    assert limit.deal({high: 2}) == []
    assert not limit.shares.areContended()


def test_nobody_makes_room_while_several_levels_want_its_cores(callbacks: JavaGateway) -> None:
    """Each would take the same core for free, have a task back on it, and hold it again."""
    limit = Limit(callbacks.jvm, cores=4)
    long, short = limit.part("job 1"), limit.part("job 2")
    tasks = limit.launch(long, 4)
    assert limit.deal({short: 2}) == tasks[:1:-1]
    for task in tasks[2:]:
        limit.hold(task)
    high = limit.part("job 3", HIGH)
    others = limit.launch(high, 2)
    # Who has made room goes on to wait for some.
    assert sorted(limit.deal({short: 2, high: 2})) == tasks[2:]
    assert not limit.shares.areContended()
    for task in others:
        limit.ledger.ended(task, 0)
    assert sorted(limit.deal({short: 2})) == tasks[2:]
    assert limit.shares.areContended()


def test_a_share_that_gets_smaller_lets_go_on_what_runs(callbacks: JavaGateway) -> None:
    limit = Limit(callbacks.jvm, cores=4)
    parts = [limit.part(f"job {number}") for number in (1, 2)]
    tasks = [limit.launch(part, 2) for part in parts]
    limit.most = 2 * ONE
    assert limit.deal(dict.fromkeys(parts, 3)) == []
    # It does not, if somebody has lowered it.
    limit.is_changed = True
    assert sorted(limit.deal(dict.fromkeys(parts, 3))) == [each[1] for each in tasks]


def test_others_make_room_in_the_place_of_those_that_may_not_be_suspended_yet(
    callbacks: JavaGateway,
) -> None:
    limit = Limit(callbacks.jvm, cores=4)
    long, short = limit.part("job 1"), limit.part("job 2")
    tasks = limit.launch(long, 4)
    limit.resting = {tasks[3]}
    assert limit.deal({short: 1}) == [tasks[2]]
    limit.resting = set(tasks)
    assert limit.deal({short: 1}) == []


def test_a_pool_keeps_what_it_is_assured_of(callbacks: JavaGateway) -> None:
    limit = Limit(callbacks.jvm, "fair")
    assured, other = limit.part("pool a"), limit.part("pool b")
    getattr(assured.party(), "ownMinNanocores_$eq")(2 * ONE)
    limit.launch(assured, 2)
    assert limit.deal({other: 2}) == []
    getattr(assured.party(), "ownMinNanocores_$eq")(0)
    assert len(limit.deal({other: 2})) == 1


def test_nobody_makes_room_inside_one_of_several_limits(limit: Limit) -> None:
    long, short = limit.part("job 1"), limit.part("job 2")
    limit.launch(long, 2)
    limit.begin(alone=False)
    short.waits(ONE, ONE)
    assert limit.deal_again() == []
    assert not limit.shares.mayBeShared()


def test_a_limit_below_a_task_has_one_at_a_time(callbacks: JavaGateway) -> None:
    limit = Limit(callbacks.jvm, cores=1)
    long, short = limit.part("job 1"), limit.part("job 2")
    (task,) = limit.launch(long, 1, cores=4)
    limit.deal()
    short.waits(4 * ONE, 4 * ONE)
    # It has used some: whoever comes now is in a higher band.
    assert limit.deal_again(now_ms=5000) == [task]
    assert short.roomFor(4 * ONE) == 1


def test_what_waits_and_is_too_large_makes_nobody_else_wait(callbacks: JavaGateway) -> None:
    limit = Limit(callbacks.jvm, cores=4)
    small, mixed = limit.part("job 1"), limit.part("job 2")
    limit.launch(None, 2)
    limit.launch(small, 1)
    (mine,) = limit.launch(mixed, 1)
    limit.begin()
    mixed.waits(4 * ONE, 4 * ONE)
    assert mine not in limit.deal_again()
    assert mixed.dueNanocores() == ONE


def test_those_come_back_first_that_have_a_core_where_they_are(callbacks: JavaGateway) -> None:
    limit = Limit(callbacks.jvm, cores=4, executors=4)
    long, short = limit.part("job 1"), limit.part("job 2")
    tasks = limit.launch(long, 4)
    assert limit.deal({short: 2}) == tasks[:1:-1]
    for task in tasks[2:]:
        limit.hold(task)
    others = [limit.launch(short, 1, at=at)[0] for at in ("3", "4")]
    limit.ledger.ended(others[1], 0)
    assert limit.deal({long: 5}) == [tasks[2]]


def test_who_comes_back_has_others_make_room_on_the_same_executors(callbacks: JavaGateway) -> None:
    limit = Limit(callbacks.jvm, cores=4, executors=4)
    parts = [limit.part(f"job {number}") for number in (1, 2)]
    first = limit.launch(parts[0], 4)
    for task in first:
        limit.hold(task)
    second = limit.launch(parts[1], 4)
    # The second has used some, when the first has others make room for two of its tasks.
    room = limit.deal({parts[1]: 5}, now_ms=10)
    back = [task for task in first if task not in room]
    yields = [task for task in second if task in room]
    assert len(back) == len(yields) == 2
    assert {task % 4 for task in back} == {task % 4 for task in yields}
