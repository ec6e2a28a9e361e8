"""What waits only so long for a task lets a suspended one be: timeouts, speculation, the reaper."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "long_suspensions.py"


@pytest.mark.beyond_ci
def test_tasks_suspended_for_longer_than_every_timeout(
    run_program: RunProgram, tmp_path: Path
) -> None:
    """In one session, for the sake of time; it also stops with suspended tasks."""
    ran = run_program([sys.executable, APP, tmp_path], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    assert json.loads(ran.stdout) == {
        "dynamic_allocation": {
            "while_alone": [True, "suspended"],
            "placed": [True, True],
            "kept": [True, "suspended"],
            "answers": [2, 1],
            "starts": [[0, 1], [0]],
        },
        "speculation": {
            "while_suspended": 0,
            "when_resumed": 0,
            "second_took_longer": True,
            "second_discounted": True,
            "answers": 4,
            "starts": [0, 1, 2, 3],
        },
        "reaper": {"failed": True, "survived": True},
        "stop": {"failed": [True, True]},
    }
