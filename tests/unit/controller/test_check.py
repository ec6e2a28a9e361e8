"""The check that the executor runs in the workers' Python: one line that says what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neptune_spark import __version__
from neptune_spark.controller import check
from tests.unit.worker.fake_executor import ROOT


def run_check(python_path: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import neptune_spark.controller.check", *words],
        env={**os.environ, "PYTHONPATH": python_path},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("words", [[], [__version__]])
def test_this_python_is_fit(words: list[str]) -> None:
    done = run_check(str(ROOT), *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_jar_of_another_version() -> None:
    done = run_check(str(ROOT), "99.1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"neptune-spark: {sys.executable} (the workers' Python; PYSPARK_PYTHON names another) "
        f"has neptune-spark {__version__}, but the Neptune jar belongs to 99.1; install that "
        f"version there (pip install neptune-spark==99.1), or name the jar of {__version__}.\n"
    )


@pytest.mark.parametrize("module", check.REQUIRED_MODULES)
def test_a_module_is_missing(tmp_path: Path, module: str) -> None:
    # A module that is broken in two lines is as good as missing, and is still told in one.
    (tmp_path / f"{module}.py").write_text(f"raise ImportError('no {module}\\nhere')\n")
    done = run_check(f"{tmp_path}:{ROOT}")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line == (
        f"neptune-spark: {sys.executable} (the workers' Python; PYSPARK_PYTHON names another) "
        f"cannot import {module} (no {module} here); install it there: pip install {module}."
    )


def test_an_old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 7, 1))
    assert str(check.problem()).endswith("is Python 3.7; neptune-spark needs 3.8 or later.")


def test_a_platform_without_eventfd(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SystemExit) as caught:
        check.check()
    assert caught.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "eventfd" in line
