"""PySpark's own features work as before while tasks are suspended again and again."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "coexistence.py"
ROWS = 20_000
# What `jobs` of the application comes to, without Spark.
ANSWERS = {
    "rdd": sum(range(1000)) + 500 * 10 + 500 * 20,
    "accumulator": 1000,
    "udf": sum(range(ROWS)) + ROWS,
    "pandas": sum(range(ROWS)) + ROWS,
}


@pytest.fixture
def run(run_program: RunProgram, tmp_path: Path) -> Any:
    def run_scenario(name: str) -> dict[str, Any]:
        ran = run_program(
            [sys.executable, APP, name, tmp_path], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}
        )
        # PySpark shows profiles at its end.
        (line,) = (line for line in ran.stdout.splitlines() if line.startswith("{"))
        answers: dict[str, Any] = json.loads(line)
        answers["log"] = ran.stderr
        return answers

    return run_scenario


def right(answers: dict[str, Any]) -> bool:
    assert {name: answers[name] for name in ANSWERS} == ANSWERS
    return bool(answers["suspensions"] > 10)


@pytest.mark.beyond_ci
@pytest.mark.parametrize("scenario", ["no_daemon", "faulthandler", "no_reuse"])
def test_answers_are_right(run: Any, scenario: str) -> None:
    assert right(run(scenario))


@pytest.mark.beyond_ci
@pytest.mark.since_spark("4.3", "pipelined functions")
def test_pipelined_functions(run: Any) -> None:
    assert right(run("pipelined"))


@pytest.mark.beyond_ci
@pytest.mark.parametrize("scenario", ["udf_profiler", "rdd_profiler"])
def test_profilers(run: Any, scenario: str) -> None:
    answers = run(scenario)
    assert answers["profiled"] == sum(range(2000)) + 2000
    assert answers["calls"] == 2000
    assert answers["suspensions"] > 5


@pytest.mark.beyond_ci
def test_a_limit_of_memory(run: Any) -> None:
    answers = run("memory")
    assert right(answers)
    assert answers["greedy"] == "MemoryError"


@pytest.mark.since_spark("4.1", "spark.python.worker.killOnIdleTimeout")
def test_a_suspended_worker_is_not_idle(run: Any) -> None:
    assert run("idle")["suspended"] == [[0, 0]]


def test_a_section_that_lasts_too_long_is_named(run: Any) -> None:
    answers = run("overlong_section")
    assert (answers["total"], answers["stood_still"]) == (3, True)
    (warning,) = (line for line in answers["log"].splitlines() if "no_suspend() section" in line)
    assert "spark.neptune.python.noSuspendMax" in warning
    assert "activities.py:" in warning


def test_spare_workers_are_kept_once_two_priorities_were_seen(run: Any) -> None:
    answers = run("spares")
    assert answers["before"] == 2
    assert answers["after"] in (4, 5)
