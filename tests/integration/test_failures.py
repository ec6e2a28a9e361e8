"""Executors, Python workers and sessions that end while tasks are suspended."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "failures.py"
CLUSTER = "local-cluster[2,1,1024]"


class Scenario:
    """One scenario of the application, which also sees to it that nothing is held at its end."""

    def __init__(self, run_program: RunProgram, directory: Path) -> None:
        self._run_program = run_program
        self._directory = directory

    def run(self, name: str, master: str = CLUSTER) -> dict[str, Any]:
        work = self._directory / "work"
        (work / "next").mkdir(parents=True)
        ran = self._run_program(
            [sys.executable, APP, master, name, work],
            cwd=self._directory,
            env={"PYTHONPATH": str(ROOT)},
        )
        answers: dict[str, Any] = json.loads(ran.stdout)
        return answers


@pytest.fixture
def scenario(run_program: RunProgram, tmp_path: Path) -> Scenario:
    return Scenario(run_program, tmp_path)


def test_a_lost_executor_with_a_suspended_task(scenario: Scenario) -> None:
    assert scenario.run("kill_executor") == {
        "lost": 1,
        "orphans": 0,
        "high": [0, 1],
        "high_starts": 3,
        "low_done": False,
        "low": [0, 1],
        "low_starts": 3,
        "cores_lent": 0,
    }


@pytest.mark.beyond_ci
def test_a_lost_executor_with_a_task_that_was_stopped_by_signal(scenario: Scenario) -> None:
    answers = scenario.run("kill_executor_of_stopped")
    assert answers == {"processes": 2, "left": 0, "failed": True, "stuck": 0, "cores_lent": 0}


def test_a_killed_worker_of_a_suspended_task(scenario: Scenario) -> None:
    assert scenario.run("kill_worker") == {
        "high": [0, 1],
        "high_starts": [0, 1],
        "low_done": False,
        "low": [0, 1],
        "low_starts": [0, 1, 1],
        "cores_lent": 0,
    }


def test_a_high_task_that_fails_is_run_again_before_the_low_ones_end(scenario: Scenario) -> None:
    assert scenario.run("fail_once") == {
        "high": [0, 1],
        "low_done": False,
        "low": [0, 1],
        "low_starts": [0, 1],
        "cores_lent": 0,
    }


@pytest.mark.parametrize("master", [CLUSTER, "local[2]"])
def test_a_session_that_stops_with_suspended_tasks(scenario: Scenario, master: str) -> None:
    # One that waited in vain would run into the program's time-out, or leave a process.
    assert scenario.run("stop", master)["failed"] == [True, True]
