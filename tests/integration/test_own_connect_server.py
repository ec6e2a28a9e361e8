"""Neptune where PySpark starts a Spark Connect server of its own: `remote("local[*]")`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.since_spark("4.0", "a Spark Connect server among PySpark's jars")

APP = Path(__file__).parent / "apps" / "own_connect_server.py"


def run(run_program: RunProgram, way: str) -> tuple[dict[str, Any], str]:
    # With it PySpark chooses a free port.
    ran = run_program([sys.executable, APP, way], env={"SPARK_TESTING": "1"})
    seen: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert (seen["session"], seen["count"]) == ("pyspark.sql.connect.session", 10)
    assert seen["stopped"]
    return seen, ran.stderr


def test_our_builder_turns_it_on(run_program: RunProgram) -> None:
    seen, said = run(run_program, "builder")
    assert seen["scheduler"] == "NeptuneTaskScheduler"
    assert seen["warned"] == []
    assert "Neptune is off" not in said
    assert seen["again"]
    # The default, and a block's.
    assert seen["levels"] == [3, -10]


@pytest.mark.beyond_ci
@pytest.mark.parametrize(
    ("way", "scheduler", "times"),
    [("plain", "NeptuneTaskScheduler", 0), ("spoilt", "TaskSchedulerImpl", 1)],
)
def test_the_setting_that_pyspark_leaves_alone(
    run_program: RunProgram, way: str, scheduler: str, times: int
) -> None:
    seen, said = run(run_program, way)
    assert seen["scheduler"] == scheduler
    assert said.count("Neptune is off") == times
