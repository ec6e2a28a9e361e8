"""Limits of pools, rules and jobs: nobody has more than they allow, and others have the rest."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "limits.py"
ALL = [0, 1, 2, 3]


@pytest.fixture
def run(run_program: RunProgram, tmp_path: Path) -> Any:
    def run_scenario(name: str, order: str = "spark") -> dict[str, Any]:
        ran = run_program(
            [sys.executable, APP, name, tmp_path, order],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
        )
        answers: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        return answers

    return run_scenario


@pytest.mark.parametrize(
    ("scenario", "order", "allowed"),
    [
        ("tasks", "spark", 1),
        ("cores", "spark", 3),
        ("share", "feedback", 2),
        ("rule", "spark", 1),
        ("pool", "spark", 2),
        ("pool", "fair", 2),
    ],
)
def test_others_have_what_a_limit_leaves(run: Any, scenario: str, order: str, allowed: int) -> None:
    answers = run(scenario, order)
    assert answers["running"] == answers["running_alone"] == allowed
    assert answers["other"] == ALL
    assert all(ended == ALL for ended in answers["ended"])
    assert all(starts == ALL for starts in answers["starts"])


def test_no_more_is_suspended_than_a_limit_allows_to_use(run: Any) -> None:
    answers = run("above")
    assert answers["running"] == 1
    assert answers["lent_at_most"] == 1
    assert answers["lent"] == 0
    assert answers["high"] == answers["low"] == ALL


def test_a_barrier_stage_that_no_limit_holds_is_refused(run: Any) -> None:
    answers = run("barrier")
    assert (
        "The 2 tasks of this barrier stage start together, which the limits of the job 0 do not "
        "allow, whose maxTasks is 1: raise that, or have fewer tasks."
    ) in answers["refused"]
    assert answers["fits"] == [0, 1]


def test_a_job_with_a_wrong_limit_is_refused(run: Any) -> None:
    refused = run("wrong")["refused"]
    assert "spark.neptune.maxCores is 'many', but it must be a number of cores" in refused
