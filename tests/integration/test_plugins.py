"""Other plugins, before and after ours, and the application see what they would without Neptune."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from neptune_spark import find_jar
from tests.conftest import RunProgram
from tests.integration.user_jars import make_jar

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]

#: What Spark itself sets anew in each session, and what the sessions differ by.
OWN = {
    "spark.plugins",
    "spark.driver.port",
    "spark.app.id",
    "spark.app.startTime",
    "spark.app.initial.jar.urls",
    "spark.eventLog.dir",
    "spark.sql.artifact.isolation.enabled",
}
MOMENTS = ("driver", "driver's own", "executor", "metrics")


def test_nothing_of_ours_is_seen(run_program: RunProgram, tmp_path: Path) -> None:
    jar = make_jar(tmp_path / "theirs.jar", [APPS / "Recorder.java"])
    ran = run_program(
        [sys.executable, APPS / "other_plugins.py", f"{find_jar()},{jar}", tmp_path],
        env={"PYTHONPATH": str(ROOT)},
    )
    observed = json.loads(ran.stdout.splitlines()[-1])
    stock, neptune = observed["stock"], observed["neptune"]
    assert neptune["scheduler"] == "NeptuneTaskScheduler" != stock["scheduler"]
    assert "neptune_spark.worker.daemon" in neptune["daemons"]
    for name in ("master", "page_bytes", "sum"):
        assert neptune[name] == stock[name]
    moments = [f"{who} {moment}" for who in ("Early", "Late") for moment in MOMENTS]
    for moment in [*moments, "application", "event log"]:
        with_, without = (
            {k: v for k, v in of["seen"][moment].items() if k not in OWN} for of in (neptune, stock)
        )
        assert with_ == without, moment
