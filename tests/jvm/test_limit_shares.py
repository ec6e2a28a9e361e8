"""Who has which of a limit's cores, where several want more than it allows."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.job_settings import settings_of
from tests.jvm.ledger_book import ONE, seq

LEVEL, HIGH = 0, 10
MS = 1_000_000
NO_LIMIT = 2**63 - 1


class Limit:
    """One of two cores, on an executor that has more."""

    def __init__(self, jvm: JVMView, order: str, cores: int = 2) -> None:
        self._jvm, self.most = jvm, cores * ONE
        core: Any = jvm.neptune.core
        self._sharing: Any = jvm.org.apache.spark.neptune.driver.sharing
        self.ledger: Any = core.CoreLedger()
        self.ledger.offered("1", 10 * ONE)
        self.account: Any = core.Account("pool etl")
        orders = self._sharing.Orders(settings_of(jvm, {"order": order}))
        self.shares: Any = self._sharing.LimitShares(self.account, orders)
        self._tasks = 0

    def part(self, name: str | None, level: int = LEVEL) -> Any:
        """That of a party that has used nothing so far; or of those that have none."""
        option = self._jvm.scala.Option
        party = None if name is None else self._sharing.Party(name, level, 0)
        return self.shares.part(level, option.apply(party), 0)

    def launch(self, part: Any, count: int, suspendable: bool = True, cores: int = 1) -> list[int]:
        launched = []
        for _ in range(count):
            launched.append(self._tasks)
            self.ledger.launched(
                self._jvm.neptune.core.LaunchedTask(
                    self._tasks, "1", cores * ONE, part.level(), suspendable, 1, 1, "ANY", 0,
                    seq(self._jvm, []).toSet(), False, 2 * part.level() + 1,
                    seq(self._jvm, [self.account, part.account()]),
                )
            )  # fmt: skip
            self._tasks += 1
        return launched

    def deal(self, now_ms: int = 0) -> list[int]:
        """Return which tasks are over it."""
        self.shares.deal(self.most, now_ms * MS)
        found = self.shares.over()
        over = [found.apply(i) for i in range(found.size())]
        self.for_levels = {each._2() for each in over}
        return [each._1().task().taskId() for each in over]

    def hold(self, task: int) -> None:
        """It is suspended because of the limit."""
        self.ledger.ranked(task, self._jvm.neptune.core.Rank.held())
        self.ledger.suspended(task, self.ledger.requestSuspend(task, False, 0).get(), 0)


@pytest.fixture
def limit(jvm: JVMView) -> Limit:
    return Limit(jvm, "feedback")


def test_nobody_makes_room_while_it_allows_all_that_is_wanted(limit: Limit) -> None:
    long, short = limit.part("job 1"), limit.part("job 2")
    limit.launch(long, 1)
    short.waits(ONE, ONE)
    assert limit.deal() == []
    assert not limit.shares.areContended()
    assert short.dueNanocores() == NO_LIMIT


def test_nor_for_more_tasks_of_ones_own(limit: Limit) -> None:
    long = limit.part("job 1")
    limit.launch(long, 2)
    long.waits(5 * ONE, ONE)
    assert limit.deal() == []


def test_who_holds_more_than_is_due_makes_room(limit: Limit) -> None:
    long, short = limit.part("job 1"), limit.part("job 2")
    _, second = limit.launch(long, 2)
    long.waits(5 * ONE, ONE)
    short.waits(ONE, ONE)
    assert limit.deal() == [second]
    assert limit.for_levels == {LEVEL}
    assert short.roomFor(ONE) == 1
    # Not for its own waiting task.
    assert long.roomFor(ONE) == 0
    limit.hold(second)
    assert limit.account.barredNanocores() == ONE and limit.account.tasksBarred() == 1
    assert limit.deal() == [second]
    assert long.roomFor(ONE) == 0
    # It is back when the other one has ended.
    (third,) = limit.launch(short, 1)
    limit.shares.beginRound()
    long.waits(5 * ONE, ONE)
    assert limit.deal() == [second]
    limit.ledger.ended(third, 0)
    assert limit.deal() == []


def test_what_a_task_held_no_longer_counts_once_it_has_ended(limit: Limit) -> None:
    (task,) = limit.launch(limit.part("job 1"), 1)
    limit.hold(task)
    limit.ledger.ended(task, 0)
    assert limit.account.barredNanocores() == limit.account.tasksBarred() == 0


def test_tasks_that_cannot_be_suspended_keep_their_cores(limit: Limit) -> None:
    long, short = limit.part("job 1"), limit.part("job 2")
    limit.launch(long, 2, suspendable=False)
    short.waits(ONE, ONE)
    assert limit.deal() == []


@pytest.mark.parametrize("order", ["spark", "feedback"])
def test_a_higher_level_comes_before_a_lower_one(jvm: JVMView, order: str) -> None:
    limit = Limit(jvm, order)
    name = None if order == "spark" else "job 1"
    low, high = limit.part(name), limit.part(name, HIGH)
    tasks = limit.launch(low, 2)
    high.waits(5 * ONE, ONE)
    assert sorted(limit.deal()) == tasks
    assert limit.for_levels == {HIGH}
    # Nobody makes room for a lower one.
    limit = Limit(jvm, order)
    low, high = limit.part(name), limit.part(name, HIGH)
    limit.launch(high, 2)
    low.waits(5 * ONE, ONE)
    assert limit.deal() == []


def test_a_limit_below_a_task_has_one_at_a_time(jvm: JVMView) -> None:
    limit = Limit(jvm, "feedback", cores=1)
    long, short = limit.part("job 1"), limit.part("job 2")
    (task,) = limit.launch(long, 1, cores=4)
    # It has used some: whoever comes now is in a higher band.
    short.waits(4 * ONE, 4 * ONE)
    assert limit.deal(now_ms=5000) == [task]
    assert short.roomFor(4 * ONE) == 1
