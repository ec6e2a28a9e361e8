"""No task is held up for ever; and the other modes of preemption."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.integration.conftest import RunScenario

pytestmark = pytest.mark.slow


@pytest.fixture
def run(run_scenario: RunScenario) -> RunScenario:
    return partial(run_scenario, "bounds.py")


def test_a_task_is_suspended_so_often_and_no_more(run: Any) -> None:
    """Under an endless stream of high jobs, which would hold it up for ever."""
    answers = run("times")
    assert answers["low"] == [0, 1]
    assert answers["starts"] == [0, 1]
    # In the events: each low task was suspended as often as it may be, the high jobs went on.
    assert answers["times"] == {"0": [1, 2, 3], "1": [1, 2, 3]}
    assert answers["high_jobs"] >= 2


def test_a_task_is_suspended_so_long_and_no_longer(run: Any) -> None:
    """A high task would hold the only core for ever: the low one resumes on a core too many."""
    answers = run("time")
    assert answers["reasons"] == ["bound"]
    assert answers["while_high_ran"]
    assert answers["resumed_at_bound"] == 1
    # It is not suspended again, though another high job asks for its core.
    assert answers["suspensions"] == 1
    assert answers["cores_lent"] == 0


@pytest.mark.smoke
def test_kill_runs_the_victims_again_and_counts_what_is_lost(run: Any) -> None:
    answers = run("kill")
    assert answers["high"] == 499500
    assert not answers["low_done_before_high"]
    assert answers["low"] == [0, 1]
    # Killed more often than spark.task.maxFailures (1 in local mode) would let them fail; some
    # before their function was called.
    assert answers["kills"] >= len(answers["starts"]) - 2 > 0
    assert answers["wasted"] > 0
    assert answers["suspensions"] == 0


def test_none_lets_running_tasks_be_and_orders_the_rest(run: Any) -> None:
    answers = run("none")
    assert answers["waited"]
    # Four low tasks on two cores: the high ones start before the second two.
    assert answers["order"] == ["low", "low", "high", "high", "low", "low"]
    assert (answers["suspensions"], answers["kills"]) == (0, 0)
