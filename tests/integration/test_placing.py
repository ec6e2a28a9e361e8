"""LMA on executors of their own: high tasks run near their data, and not where memory is short."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "placing.py"


@pytest.fixture
def run(run_program: RunProgram, tmp_path: Path) -> Any:
    def run_scenario(name: str) -> dict[str, Any]:
        ran = run_program(
            [sys.executable, APP, name, tmp_path], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}
        )
        answers: dict[str, Any] = json.loads(ran.stdout)
        return answers

    return run_scenario


def test_high_tasks_run_where_their_data_is_cached(run: Any) -> None:
    answers = run("cached")
    (owner,) = answers["owner"]
    assert answers["ran_on"] == [owner] * 3


def test_high_tasks_avoid_the_executor_that_spills(run: Any) -> None:
    answers = run("spilling")
    (spilled,) = answers["spilled"]
    assert len(answers["ran_on"]) == 3
    assert spilled not in answers["ran_on"]
