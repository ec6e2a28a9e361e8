"""Messages between driver and executors that are lost, late or doubled, and a silent executor."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "messages.py"


def test_high_jobs_get_a_core_and_low_ones_go_on(run_program: RunProgram, tmp_path: Path) -> None:
    ran = run_program([sys.executable, APP, tmp_path], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    assert json.loads(ran.stdout) == {
        "high": [42] * 5,
        # While the executor that was asked for its core does not answer, another gives one.
        "beside_silent": 42,
        "asked_first": True,
        "low_done": False,
        "low": [0, 1],
        "low_starts": [0, 1],
        "cores_lent": 0,
    }
