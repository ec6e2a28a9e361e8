"""Our daemon and worker get the name of a module of the user's, however Spark starts them."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

CHAINED = "neptune_spark.worker.chained"
VARIABLES = {
    "daemon": "NEPTUNE_PYTHON_DAEMON_MODULE",
    "main": "NEPTUNE_PYTHON_WORKER_MODULE",
}


@pytest.mark.parametrize("ours", VARIABLES)
@pytest.mark.parametrize("theirs", ["mine", "my.company.module"])
def test_the_users_module_is_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, ours: str, theirs: str
) -> None:
    seen: list[str | None] = []
    run_module = runpy.run_module

    def run(module: str, **_: object) -> None:
        assert module == f"neptune_spark.worker.{ours}"
        seen.append(os.environ.get(VARIABLES[ours]))

    monkeypatch.setattr(runpy, "run_module", run)
    monkeypatch.setenv(VARIABLES[ours], "")  # to be put back
    name = f"{CHAINED}.{ours}:{theirs.replace('.', ':')}"
    run_module(name, run_name="__main__", alter_sys=True)
    assert seen == [theirs]
    # What multiprocessing does in a process that it spawns.
    run_module(name, run_name="__mp_main__", alter_sys=True)
    assert seen == [theirs]


def test_another_submodule_is_not_found() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", f"{CHAINED}.nothing:mine"], capture_output=True, text=True
    )
    assert ran.returncode != 0 and "No module named" in ran.stderr


def test_it_is_started_as_a_program(tmp_path: Path) -> None:
    """With the words that Spark uses; the user's module runs as the program."""
    (tmp_path / "mine.py").write_text("print(__name__, __file__)\n")
    ran = subprocess.run(
        [sys.executable, "-m", f"{CHAINED}.main:mine"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == f"__main__ {tmp_path / 'mine.py'}\n"
