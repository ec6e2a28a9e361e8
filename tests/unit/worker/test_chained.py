"""Our daemon and worker run a module of the user's, however Spark starts them."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

CHAINED = "neptune_spark.worker.chained"
THEIRS = """
import os
print(__name__, [v for v in os.environ if "MODULE" in v])
"""


@pytest.mark.parametrize("ours", ["daemon", "main"])
@pytest.mark.parametrize("theirs", ["mine", "my.company.module"])
def test_a_module_of_the_users_is_run(tmp_path: Path, ours: str, theirs: str) -> None:
    """With the words that Spark uses."""
    file = tmp_path / f"{theirs.replace('.', '/')}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(THEIRS)
    ran = subprocess.run(
        [sys.executable, "-m", f"{CHAINED}.{ours}:{theirs.replace('.', ':')}", "pyspark.worker"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    # It is the program, and its tasks have nothing of ours in their environment.
    assert ran.stdout == "__main__ []\n"


@pytest.mark.parametrize(
    ("ours", "setting"),
    [("daemon", "spark.python.daemon.module"), ("main", "spark.python.worker.module")],
)
@pytest.mark.parametrize("theirs", ["absent", "absent.too"])
def test_a_module_that_is_not_there_is_named_with_its_setting(
    ours: str, setting: str, theirs: str
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", f"{CHAINED}.{ours}:{theirs.replace('.', ':')}", "pyspark.worker"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 1
    (sentence,) = ran.stderr.splitlines()
    assert f"{setting} is '{theirs}'" in sentence and sys.executable in sentence


def test_what_multiprocessing_spawns_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process that a task has spawned, the module is run again, by another name."""
    monkeypatch.setenv("NEPTUNE_PYTHON_DAEMON_MODULE", "")  # to be put back
    ran = runpy.run_module(f"{CHAINED}.daemon:mine", run_name="__mp_main__", alter_sys=True)
    assert os.environ["NEPTUNE_PYTHON_DAEMON_MODULE"] == "mine"
    assert "authenticate" in ran


def test_another_submodule_is_not_found() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", f"{CHAINED}.nothing:mine"], capture_output=True, text=True
    )
    assert ran.returncode != 0 and "No module named" in ran.stderr
