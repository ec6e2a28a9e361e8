"""`neptune-spark doctor` on a real Spark: what is well, and what only a session can tell."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram, started_program
from tests.integration.jobs import QUICK_EXECUTORS

DOCTOR = [sys.executable, "-m", "neptune_spark.cli", "doctor"]


def statuses(out: str) -> dict[str, str]:
    """What became of each check."""
    found = re.findall(r"^(ok|note|FAILED|skipped) +(\S+(?: \S+)*)", out, re.M)
    return {name: status for status, name in found}


@pytest.mark.smoke
def test_all_is_well(run_program: RunProgram, tmp_path: Path) -> None:
    ran = run_program(DOCTOR, cwd=tmp_path)
    found = statuses(ran.stdout)
    assert [found[name] for name in ("session", "JVM task", "Python task")] == ["ok"] * 3
    assert set(found.values()) <= {"ok", "note"}
    assert ran.stdout.splitlines()[-1] == "All is well."
    # Nothing is left where it was called.
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_on_a_standalone_master(
    run_program: RunProgram, standalone_master: str, tmp_path: Path
) -> None:
    words = ["--master", standalone_master, "--conf", "=".join(QUICK_EXECUTORS)]
    ran = run_program([*DOCTOR, *words], cwd=tmp_path)
    assert f" on {standalone_master}, " in ran.stdout
    assert statuses(ran.stdout)["Python task"] == "ok"


def test_a_python_that_executors_do_not_find(run_program: RunProgram, tmp_path: Path) -> None:
    """It might come in an archive, so they are asked."""
    python = "./environment/bin/python"
    words = ["--conf", f"spark.pyspark.python={python}"]
    ran = run_program([*DOCTOR, *words], cwd=tmp_path, check=False)
    assert ran.returncode == 1
    found = statuses(ran.stdout)
    assert (found["workers' Python"], found["session"]) == ("note", "FAILED")
    session = ran.stdout[ran.stdout.index("FAILED   session") :]
    assert f"Neptune can't run Python tasks: {python}" in " ".join(session.split())


def test_a_session_that_cannot_start(run_program: RunProgram, tmp_path: Path) -> None:
    """Only Spark knows what it makes of its own settings."""
    ran = run_program([*DOCTOR, "--conf", "spark.memory.fraction=2"], cwd=tmp_path, check=False)
    assert ran.returncode == 1
    found = statuses(ran.stdout)
    assert (found["session"], found["JVM task"]) == ("FAILED", "skipped")
    assert "spark.memory.fraction" in ran.stdout
    assert "\tat " not in ran.stdout + ran.stderr
    log = re.search(r"log is (\S+)\.$", ran.stdout, re.M)
    assert log is not None
    assert "spark.memory.fraction" in Path(log[1]).read_text()
    Path(log[1]).unlink()


def test_a_ctrl_c_in_the_session_leaves_nothing(tmp_path: Path) -> None:
    with started_program(DOCTOR, cwd=tmp_path) as process:
        assert process.stderr is not None
        assert "starting a small session" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGINT
    assert err.splitlines()[-1] == "neptune-spark doctor: interrupted"
    assert "Traceback" not in out + err
