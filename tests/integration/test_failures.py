"""Executors, Python workers and sessions that end while tasks are suspended."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.scenarios import Answers, played

pytestmark = pytest.mark.slow

APP = "failures.py"
CLUSTER = "local-cluster[2,1,1024]"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What one session plays; it also sees to it that nothing is held at the end of each."""
    scenarios = (
        "fail_once",
        "kill_worker",
        "kill_executor",
        "kill_executor_of_barrier",
        "stop",
    )
    place = tmp_path_factory.mktemp("failures")
    return played(APP, CLUSTER, place, *scenarios, cwd=place)


def test_a_lost_executor_with_a_suspended_task(answers: Answers) -> None:
    assert answers["kill_executor"] == {
        "lost": 1,
        "orphans": 0,
        "high": [0, 1],
        "high_starts": 3,
        "low_done": False,
        "low": [0, 1],
        "low_starts": 3,
        "cores_lent": 0,
    }


def test_a_barrier_stage_with_a_share_of_the_cores_waits_for_a_lost_one(answers: Answers) -> None:
    assert answers["kill_executor_of_barrier"] == {"ended": [0], "starts": [0, 0], "cores_lent": 0}


@pytest.mark.beyond_ci
def test_a_lost_executor_with_a_task_that_was_stopped_by_signal(tmp_path: Path) -> None:
    name = "kill_executor_of_stopped"
    expected = {"processes": 2, "left": 0, "failed": True, "stuck": 0, "cores_lent": 0}
    assert played(APP, CLUSTER, tmp_path, name, cwd=tmp_path) == {name: expected}


def test_a_killed_worker_of_a_suspended_task(answers: Answers) -> None:
    assert answers["kill_worker"] == {
        "high": [0, 1],
        "high_starts": [0, 1],
        "low_done": False,
        "low": [0, 1],
        "low_starts": [0, 1, 1],
        "cores_lent": 0,
    }


def test_a_high_task_that_fails_is_run_again_before_the_low_ones_end(answers: Answers) -> None:
    assert answers["fail_once"] == {
        "high": [0, 1],
        "low_done": False,
        "low": [0, 1],
        "low_starts": [0, 1],
        "cores_lent": 0,
    }


# One that waited in vain would run into the program's time-out, or leave a process.
STOPPED = {"failed": [True, True]}


def test_a_session_that_stops_with_suspended_tasks(answers: Answers) -> None:
    assert answers["stop"] == STOPPED


def test_a_local_session_that_stops_with_suspended_tasks(tmp_path: Path) -> None:
    found = played(APP, "local[2]", tmp_path, "stop", cwd=tmp_path)
    assert found == {"stop": STOPPED}
