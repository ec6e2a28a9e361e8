"""`neptune-spark doctor` on YARN and on Kubernetes."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev.beds.bed import Bed
from tests.conftest import RunProgram
from tests.integration.test_doctor import DOCTOR, statuses

pytestmark = [pytest.mark.slow, pytest.mark.beyond_ci]


def test_all_is_well(bed: Bed, run_program: RunProgram, tmp_path: Path) -> None:
    ran = run_program(DOCTOR, cwd=tmp_path, env={**bed.environment})
    found = statuses(ran.stdout)
    assert f" on {bed.master}, " in ran.stdout
    assert [found[name] for name in ("master", "session", "JVM task", "Python task")] == ["ok"] * 4
