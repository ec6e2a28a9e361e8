"""A short run of what `python -m tests.chaos` does for as long as one wants."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def test_all_answers_are_right_whatever_happens(run_program: RunProgram, tmp_path: Path) -> None:
    """And nothing is left; what is wrong is in the message, with the seed."""
    ran = run_program(
        [sys.executable, "-m", "tests.chaos", "--seconds", "8", "--seed", "5"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    )
    figures = json.loads(ran.stdout)
    assert figures["suspensions"] > 0
    assert figures["batches"] > 0
