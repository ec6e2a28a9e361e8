"""A session that is told to end while its tasks are suspended."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "told_to_end.py"


def test_a_local_session_that_is_told_to_end_ends_in_peace(
    run_program: RunProgram, tmp_path: Path
) -> None:
    ran = run_program(
        [sys.executable, APP, tmp_path / "job"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        check=False,  # its driver loses the JVM
    )
    assert ran.stdout == "running\n"
    assert "Could not find neptune-agent" not in ran.stderr
    assert "please report this" not in ran.stderr
