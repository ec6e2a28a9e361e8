"""How many tasks of stages are certainly more than their limits allow to run at once."""

from __future__ import annotations

import random
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from tests.jvm.functions import Function, scala_seq


class Stages:
    """The Scala object, asked in Python's terms."""

    def __init__(self, jvm: JVMView) -> None:
        self._stages: Any = jvm.neptune.core.LimitedStages()
        self._jvm = jvm
        #: The limits of each.
        self._limits: dict[int, dict[str, int]] = {}

    def _seq(self, limits: dict[str, int]) -> Any:
        each = [self._jvm.neptune.core.TaskLimit(name, most) for name, most in limits.items()]
        return scala_seq(self._jvm, each)

    def submitted(self, stage: int, tasks: int, profile: int = 0, **limits: int) -> None:
        self._limits[stage] = limits
        now = Function(0, lambda: self._seq(self._limits[stage]))
        self._stages.submitted(stage, 0, profile, tasks, now)

    def limit(self, stage: int, **limits: int) -> None:
        self._limits[stage] = limits
        self.look_anew()

    def look_anew(self) -> None:
        self._stages.limitsChanged()

    def start(self, stage: int, count: int) -> None:
        for _ in range(count):
            self._stages.started(stage, 0)

    def end(self, stage: int, count: int, fail: bool = False) -> None:
        for _ in range(count):
            self._stages.ended(stage, 0, fail)

    def lose(self, stage: int) -> None:
        self._stages.lost(stage, 0)

    def complete(self, stage: int, attempt: int = 0) -> None:
        self._stages.completed(stage, attempt)

    def excess(self, profile: int = 0) -> int:
        found = self._stages.excess().get(profile)
        return int(found.get()) if found.isDefined() else 0


@pytest.fixture
def stages(callbacks: JavaGateway) -> Stages:
    return Stages(callbacks.jvm)


def test_without_limits_there_is_nothing_too_much(stages: Stages) -> None:
    stages.submitted(1, 100)
    assert stages.excess() == 0
    stages.submitted(2, 3, etl=3)
    assert stages.excess() == 0


def test_what_is_too_much_is_less_with_each_task_that_is_done(stages: Stages) -> None:
    stages.submitted(1, 10, etl=4)
    assert stages.excess() == 6
    stages.start(1, 4)
    assert stages.excess() == 6
    stages.end(1, 4)
    assert stages.excess() == 2
    stages.start(1, 4)
    stages.end(1, 3)
    assert stages.excess() == 0


def test_failed_tasks_are_to_run_again(stages: Stages) -> None:
    stages.submitted(1, 10, etl=4)
    stages.start(1, 4)
    stages.end(1, 4, fail=True)
    assert stages.excess() == 6
    # Whoever counts the others' events may have counted one less for it.
    stages.lose(1)
    assert stages.excess() == 5


def test_a_stage_that_is_over_leaves_nothing(stages: Stages) -> None:
    stages.submitted(1, 10, etl=4)
    stages.complete(1, attempt=1)
    assert stages.excess() == 6
    stages.complete(1)
    assert stages.excess() == 0
    # Its last tasks may end later, and whoever changes limits may know of it yet.
    stages.end(1, 1)
    stages.limit(1, etl=1)
    stages.lose(1)
    assert stages.excess() == 0


def test_stages_share_a_limit_whichever_runs(stages: Stages) -> None:
    stages.submitted(1, 10, etl=4)
    stages.submitted(2, 10, etl=4)
    stages.submitted(3, 10)
    assert stages.excess() == 16
    stages.start(1, 4)
    stages.end(1, 4)
    stages.complete(1)
    assert stages.excess() == 6


def test_a_limit_is_for_each_profile_as_if_there_were_no_other(stages: Stages) -> None:
    stages.submitted(1, 10, etl=4)
    stages.submitted(2, 10, profile=1, etl=2)
    assert (stages.excess(), stages.excess(1)) == (6, 8)


def test_a_lowered_limit_leaves_what_runs(stages: Stages) -> None:
    stages.submitted(1, 10, etl=6)
    stages.start(1, 6)
    stages.limit(1, etl=2)
    assert stages.excess() == 4
    stages.end(1, 3)
    # Three run, and four wait.
    assert stages.excess() == 4
    stages.end(1, 2)
    assert stages.excess() == 3
    stages.limit(1)
    assert stages.excess() == 0


@pytest.mark.parametrize(
    ("limits", "allowed"),
    [
        # Jobs of a pool, each with a limit of its own: few within a wide pool, many in a narrow.
        ([{"job 1": 2, "pool": 10}, {"job 2": 3, "pool": 10}], 5),
        ([{"job 1": 8, "pool": 10}, {"job 2": 8, "pool": 10}], 10),
        # A user of two pools, of whom one has another user, too.
        ([{"a": 4, "anna": 6}, {"b": 4, "anna": 6}, {"b": 4, "otto": 9}], 10),
        # Those that overlap: two of the last two may run, though the first takes from both.
        ([{"a": 1, "b": 1}, {"a": 1}, {"b": 1}], 2),
        ([{"a": 1, "b": 1}], 1),
    ],
)
def test_the_narrower_limits_count_within_the_wider(
    stages: Stages, limits: list[dict[str, int]], allowed: int
) -> None:
    for number, each in enumerate(limits):
        stages.submitted(number, 20, **each)
    # No fewer than may run; and no more where limits are within one another.
    assert 20 * len(limits) - stages.excess() == allowed


def test_what_is_kept_of_each_event_is_what_would_be_found_anew(stages: Stages) -> None:
    """There may be thousands of events a second, and hundreds of stages."""
    chance = random.Random(19)
    some = ("a", "b", "c", "d")
    limits = {name: chance.randrange(1, 12) for name in some}
    found = []
    for _ in range(150):
        stage = chance.randrange(8)
        if chance.random() < 0.1:
            mine = chance.sample(some, chance.randrange(3))
            stages.submitted(stage, chance.randrange(20), **{name: limits[name] for name in mine})
        elif chance.random() < 0.05:
            stages.complete(stage)
        elif chance.random() < 0.5:
            stages.start(stage, 2)
        elif chance.random() < 0.8:
            stages.end(stage, 1, fail=chance.random() < 0.3)
        else:
            stages.lose(stage)
        kept = stages.excess()
        stages.look_anew()
        assert kept == stages.excess()
        found.append(kept)
    assert len(set(found)) > 10
