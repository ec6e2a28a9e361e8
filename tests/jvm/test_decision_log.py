"""Which decisions are kept, and how many."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.snapshots import Executor, Pending, Snapshots, Task


class Log:
    def __init__(self, jvm: JVMView) -> None:
        self._jvm = jvm
        self._core = jvm.neptune.core
        self._option = jvm.scala.Option
        self._snapshots = Snapshots(jvm, "lb")
        self._log: Any = jvm.org.apache.spark.neptune.driver.report.DecisionLog()
        self._ms = 0

    def add(
        self,
        victim: int | None,
        placed: int,
        pending: int = 1,
        why: str | None = None,
        places: int = 1,
    ) -> bool:
        """Whether a decision was kept; each is a millisecond later than the one before."""
        self._ms += 1
        seq = self._snapshots.seq
        snapshot = self._snapshots.snapshot([Executor("a")], [Task(1, "a")], [Pending(pending)])
        decision = self._core.Decision(
            seq([] if victim is None else [self._core.Victim.apply(victim, "a", "a reason")]),
            self.filled(places, self._core.Placement(0, "a", placed)) if placed else seq([]),
        )
        kept = self._log.add(self._ms, "mine", snapshot, decision, self._option.apply(why))
        return bool(kept.isDefined())

    def add_target(self, sentence: str) -> None:
        self._ms += 1
        nothing, none = self._snapshots.seq([]), self._option.empty()
        record: Any = self._jvm.org.apache.spark.neptune.driver.report.DecisionRecord
        self._log.add(
            record(
                self._ms, "mine", 10, 0, nothing, nothing, nothing, none,
                self._option.apply(sentence),
            )
        )  # fmt: skip

    def filled(self, count: int, value: Any) -> Any:
        """A sequence of one value."""
        copies = self._jvm.java.util.Collections.nCopies(count, value)
        return self._jvm.scala.collection.JavaConverters.asScalaBuffer(copies).toIndexedSeq()

    def times(self, n: int) -> list[int]:
        last = self._log.last(n)
        return [last.apply(i).timeMs() for i in range(last.size())]


@pytest.fixture
def log(jvm: JVMView) -> Log:
    return Log(jvm)


def test_what_tells_nothing_is_not_kept(log: Log) -> None:
    assert not log.add(victim=None, placed=1)
    assert log.times(5) == []


def test_victims_waiting_tasks_and_a_missing_answer_are_kept(log: Log) -> None:
    assert log.add(victim=1, placed=1)
    assert log.add(victim=None, placed=0)
    assert log.add(victim=None, placed=1, why="it raised")
    assert log.times(5) == [3, 2, 1]
    assert log.times(2) == [3, 2]


def test_what_only_repeats_the_last_one_is_not_kept(log: Log) -> None:
    assert log.add(victim=None, placed=0)
    assert not log.add(victim=None, placed=0)
    assert log.add(victim=None, placed=0, pending=2)
    assert log.add(victim=None, placed=0)
    assert log.times(5) == [4, 3, 1]


def test_what_targets_decide_is_kept_among_them(log: Log) -> None:
    assert log.add(victim=None, placed=0)
    log.add_target("stream a: 3 cores")
    # Of the policy's, that one was the last.
    assert not log.add(victim=None, placed=0)
    log.add_target("stream a: 3 cores")
    assert log.times(5) == [4, 2, 1]


def test_few_are_kept_of_long_ones(log: Log) -> None:
    # 30,000 placements each: three make 90,000, and 100,000 at most are kept; but always one.
    for victim in range(1, 6):
        assert log.add(victim, placed=1, places=30_000)
    assert log.times(9) == [5, 4, 3]
    assert log.add(victim=6, placed=1, places=200_000)
    assert log.times(9) == [6]


@pytest.mark.beyond_ci
def test_the_last_thousand_are_kept(log: Log) -> None:
    for victim in range(1003):
        log.add(victim, placed=1)
    assert log.times(2000) == list(range(1003, 3, -1))
