"""Stages that are retried, a driver that pauses, executors that leave, with suspended tasks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "disturbed.py"


@pytest.mark.beyond_ci
def test_disturbances_one_after_the_other(run_program: RunProgram, tmp_path: Path) -> None:
    """In one session, for the sake of time."""
    ran = run_program([sys.executable, APP, tmp_path], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    both = [[0, 0], [1, 0]]
    assert json.loads(ran.stdout) == {
        "fetch_failure": {
            "states": ["suspended", "running"],
            "retried": True,
            "answers": [[p, sum(range(p, 300, 3))] for p in range(3)],
        },
        "paused_driver": {
            "states": ["suspended", "suspended"],
            "answers": [both, both],
            "starts": [[0, 1], [0, 1]],
        },
        "decommissioned": {
            "accepted": True,
            "state": "suspended",
            "answers": [both, both],
            "starts": [[0, 1], [0, 1]],
            "replaced": True,
        },
        "on_the_new_executor": {
            "states": ["suspended", "suspended"],
            "starts": [[0, 1], [0, 1]],
        },
        "cores_lent": 0,
    }
