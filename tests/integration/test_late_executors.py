"""A limit in per cent does not refuse a barrier stage for executors that are still to come."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.scenarios import played_and_logged
from tests.integration.standalone import HERE, standalone

pytestmark = pytest.mark.slow


def test_a_barrier_stage_waits_for_executors_that_its_limit_needs(tmp_path: Path) -> None:
    with standalone(tmp_path, workers=[HERE], cores=2) as url:
        answers, log = played_and_logged("late_executors.py", url, tmp_path, cwd=tmp_path)
    came: dict[str, Any] = answers
    assert came["first"] == came["waiting"] == [0, 1]
    limit = r"which spark\.neptune\.pool\.etl\.maxCores=50% does not allow on the"
    assert len(re.findall(rf"{limit} 2\.0 cores .*: they wait for more of the 4\.0 that", log)) == 1
    # It does not wait for ever.
    said = "which spark.neptune.pool.etl.maxCores=50% does not allow: raise that"
    assert said in came["in vain"]
