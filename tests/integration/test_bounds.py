"""No task is held up for ever; and the other modes of preemption."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.scenarios import Answers, played

pytestmark = pytest.mark.slow

APP = "bounds.py"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    place = tmp_path_factory.mktemp("bounds")
    return played(APP, place, "times", "time", "none", cwd=place)


def test_a_task_is_suspended_so_often_and_no_more(answers: Answers) -> None:
    """Under an endless stream of high jobs, which would hold it up for ever."""
    found = answers["times"]
    assert found["low"] == [0, 1]
    assert found["starts"] == [0, 1]
    # In the events: each low task was suspended as often as it may be, the high jobs went on.
    assert found["times"] == {"0": [1, 2, 3], "1": [1, 2, 3]}
    assert found["high_jobs"] >= 2


def test_a_task_is_suspended_so_long_and_no_longer(answers: Answers) -> None:
    """A high task would hold the only core for ever: the low one resumes on a core too many."""
    found = answers["time"]
    assert found["reasons"] == ["bound"]
    assert found["while_high_ran"]
    assert found["resumed_at_bound"] == 1
    # It is not suspended again, though another high job asks for its core.
    assert found["suspensions"] == 1
    assert found["cores_lent"] == 0


@pytest.mark.smoke
def test_kill_runs_the_victims_again_and_counts_what_is_lost(tmp_path: Path) -> None:
    # Alone, since it is all that other lines run of these.
    found = played(APP, tmp_path, "kill", cwd=tmp_path)["kill"]
    assert found["high"] == 499500
    assert not found["low_done_before_high"]
    assert found["low"] == [0, 1]
    # Killed more often than spark.task.maxFailures (1 in local mode) would let them fail; some
    # before their function was called.
    assert found["kills"] >= len(found["starts"]) - 2 > 0
    assert found["wasted"] > 0
    assert found["suspensions"] == 0


def test_none_lets_running_tasks_be_and_orders_the_rest(answers: Answers) -> None:
    found = answers["none"]
    assert found["waited"]
    # Four low tasks on two cores: the high ones start before the second two.
    assert found["order"] == ["low", "low", "high", "high", "low", "low"]
    assert (found["suspensions"], found["kills"]) == (0, 0)
