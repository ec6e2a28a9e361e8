"""An executor that is decommissioned ends as soon as its tasks have, suspended ones included."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram
from tests.integration.jobs import QUICK_EXECUTORS
from tests.integration.plain_answers import answers_in

pytestmark = pytest.mark.slow

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]
SUBMIT = [sys.executable, "-m", "neptune_spark.cli", "submit"]

SETTINGS = {
    **dict([QUICK_EXECUTORS]),
    "spark.ui.enabled": "false",
    "spark.executor.memory": "512m",
    "spark.decommission.enabled": "true",
    "spark.neptune.metricsInterval": "100ms",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "false",
}
#: Blocks are moved away, too; Spark looks for more that were left after 30 s by default.
MOVING = {
    "spark.storage.decommission.enabled": "true",
    "spark.storage.decommission.replicationReattemptInterval": "1s",
}


@pytest.mark.parametrize(
    ("how", "settings"),
    [("driver", {}), pytest.param("signal", MOVING, marks=pytest.mark.beyond_ci)],
)
def test_a_decommissioned_executor(
    run_program: RunProgram,
    standalone_master: str,
    tmp_path: Path,
    how: str,
    settings: dict[str, str],
) -> None:
    events = tmp_path / "events"
    events.mkdir()
    all_settings = {**SETTINGS, "spark.eventLog.dir": events.as_uri(), **settings}
    confs = [word for pair in all_settings.items() for word in ("--conf", "=".join(pair))]
    ran = run_program(
        [*SUBMIT, "--master", standalone_master, *confs, APPS / "leaving.py", how, tmp_path],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    )
    answers = answers_in(ran.stdout)
    assert re.search("can't be suspended: .* is being decommissioned", answers.pop("refusal"))
    # The low task did not wait for the high one to end, nor the executor for another executor's.
    assert answers.pop("told") == [
        "low TaskStart",
        "low Suspended",
        "high TaskStart",
        "low Resumed decommission",
        "high TaskEnd Success",
        "low TaskEnd Success",
        "executor removed",
    ]
    assert answers == {
        "beside a high task": True,
        "the next high task is elsewhere": True,
        "suspended for it": True,
        "still running": True,
        "low": [[0, 0], [1, 0]],
        "attempts": [0],
    }
