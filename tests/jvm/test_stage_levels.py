"""A stage has the highest priority of the live jobs that wait for it."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.functions import scala_seq

LOW, NORMAL, HIGH = -10, 0, 10


class Levels:
    """The Scala object, asked in Python's terms."""

    def __init__(self, jvm: JVMView) -> None:
        self._levels: Any = jvm.neptune.core.StageLevels()
        self._jvm = jvm

    def waits(self, job: int, priority: int, *stages: int) -> bool:
        return bool(self._levels.waits(job, priority, scala_seq(self._jvm, stages)))

    def ended(self, job: int) -> bool:
        return bool(self._levels.ended(job))

    def raised(self, job: int, priority: int) -> bool:
        return bool(getattr(self._levels, "raise")(job, priority))

    def reprioritized(self, job: int, priority: int) -> bool:
        return bool(self._levels.reprioritized(job, priority))

    def of(self, stage: int) -> int | None:
        found = self._levels.of(stage)
        return found.get() if found.isDefined() else None

    def is_empty(self) -> bool:
        return bool(self._levels.isEmpty())


@pytest.fixture
def levels(jvm: JVMView) -> Levels:
    return Levels(jvm)


def test_a_stage_is_raised_when_a_higher_job_joins_and_lowered_when_that_ends(
    levels: Levels,
) -> None:
    assert not levels.waits(1, LOW, 10, 11)
    assert levels.of(10) == LOW
    assert levels.waits(2, HIGH, 10, 12)
    assert (levels.of(10), levels.of(11), levels.of(12)) == (HIGH, LOW, HIGH)
    assert not levels.waits(3, NORMAL, 10)
    assert levels.ended(2)
    assert (levels.of(10), levels.of(12)) == (NORMAL, None)
    assert not levels.ended(1)
    assert levels.of(10) == NORMAL
    levels.ended(3)
    assert levels.is_empty()


def test_the_first_job_may_end_before_those_that_joined(levels: Levels) -> None:
    levels.waits(1, HIGH, 10)
    levels.waits(2, LOW, 10)
    assert levels.ended(1)
    assert levels.of(10) == LOW


def test_a_job_that_is_told_of_twice_waits_for_all_its_stages(levels: Levels) -> None:
    levels.waits(1, LOW, 10)
    levels.waits(1, LOW, 11)
    assert (levels.of(10), levels.of(11)) == (LOW, LOW)
    levels.ended(1)
    levels.ended(1)
    assert levels.is_empty()


def test_who_waits_for_a_job_lends_it_a_priority_while_it_lives(levels: Levels) -> None:
    levels.waits(1, LOW, 10)
    assert levels.raised(1, HIGH)
    assert not levels.raised(1, NORMAL)
    assert levels.of(10) == HIGH
    # Its later stages have it too.
    levels.waits(1, LOW, 11)
    assert levels.of(11) == HIGH
    levels.ended(1)
    assert not levels.raised(1, HIGH)
    assert levels.is_empty()


def test_a_live_job_gets_another_priority_of_its_own(levels: Levels) -> None:
    levels.waits(1, LOW, 10, 11)
    levels.waits(2, NORMAL, 11)
    assert levels.reprioritized(1, HIGH)
    assert (levels.of(10), levels.of(11)) == (HIGH, HIGH)
    assert levels.reprioritized(1, LOW)
    assert (levels.of(10), levels.of(11)) == (LOW, NORMAL)
    assert not levels.reprioritized(2, NORMAL)


def test_another_priority_takes_nothing_from_what_others_lend(levels: Levels) -> None:
    levels.waits(1, NORMAL, 10)
    levels.raised(1, HIGH)
    assert not levels.reprioritized(1, LOW)
    assert levels.of(10) == HIGH


def test_a_job_that_is_over_gets_no_other_priority(levels: Levels) -> None:
    levels.waits(1, LOW, 10)
    levels.ended(1)
    assert not levels.reprioritized(1, HIGH)
    assert levels.is_empty()
