"""Executors that YARN and Kubernetes give for suspended tasks, and take away again."""

from __future__ import annotations

from pathlib import Path

import pytest

from dev.beds.bed import Bed
from tests.clusters.driving import Driving
from tests.conftest import RunProgram
from tests.integration.growth import ANSWERS, SETTINGS, TRACKING

pytestmark = pytest.mark.slow

APPS = Path(__file__).parents[1] / "integration" / "apps"


@pytest.mark.beyond_ci
def test_an_executor_comes_for_suspended_tasks_and_goes_when_they_run(
    bed: Bed, run_program: RunProgram, tmp_path: Path
) -> None:
    driving = Driving(bed, False, run_program, tmp_path)
    one = {"spark.executor.instances": "1"}
    settings = {**SETTINGS, **TRACKING, **one}
    answers = driving.answers(APPS / "growing.py", "suspended", tmp_path, settings=settings)
    assert answers == ANSWERS["suspended"]
