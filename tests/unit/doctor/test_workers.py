"""The workers' Python: which one it is, and whether it is fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from neptune_spark import __version__
from tests.unit.doctor.conftest import Examine, Found

PLUGIN = "org.apache.spark.neptune.NeptunePlugin"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python without neptune_spark."""
    bare = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    return bare / "bin" / "python3"


def program(directory: Path, text: str) -> Path:
    """A program that is called like a Python, and is none."""
    file = directory / "not-python"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_what_executors_elsewhere_have_is_not_looked_for_here(
    examine: Examine, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", str(bare))
    _, report = examine("--quick", "--master", "yarn")
    assert report["workers' Python"][0] == "ok"
    assert {report[name][0] for name in ("sockets", "/proc", "signals")} == {"ok"}


def test_this_interpreter_where_none_is_named(found: Found) -> None:
    status, text = found("workers' Python")
    assert status == "ok"
    how = "this interpreter, since none is named"
    assert text == f"{sys.executable} ({how}), with neptune_spark {__version__}"


def test_spark_looks_on_the_path(
    examine: Examine, spark: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That matters as soon as Spark's own commands have Neptune turned on."""
    monkeypatch.setenv("PATH", f"{bare.parent}:/usr/bin:/bin")
    code, report = examine("--quick")
    assert code == 0
    status, text = report["workers' Python"]
    assert status == "note"
    assert str(bare) in text and f"export PYSPARK_PYTHON={sys.executable}" in text
    (spark / "conf" / "spark-defaults.conf").write_text(f"spark.plugins a.B,{PLUGIN}\n")
    code, report = examine()
    assert code == 1
    status, text = report["workers' Python"]
    assert status == "FAILED"
    assert f"{bare} (the first on the PATH" in text
    assert "cannot import neptune_spark" in text
    assert f"`{bare} -m pip install neptune-spark=={__version__}`" in text
    assert report["signals"] == ("skipped", "(needs workers' Python)")


def test_one_on_the_path_that_nobody_uses_may_be_broken(
    found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken" / "python3"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:/usr/bin:/bin")
    status, text = found("workers' Python", "--quick")
    assert (status, f"has {broken}, which is without it" in text) == ("note", True)


def test_who_names_it(
    found: Found, spark: Path, bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (spark / "conf" / "spark-env.sh").write_text(f"export PYSPARK_PYTHON={bare}\n")
    assert f"{bare} (by PYSPARK_PYTHON)" in found("workers' Python")[1]
    # As spark-submit has it, the property comes first.
    words = ["--conf", f"spark.pyspark.python={sys.executable}"]
    assert "(by spark.pyspark.python)" in found("workers' Python", *words)[1]


def test_another_version_of_the_package(
    found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "path" / "neptune_spark"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "_version.py").write_text('__version__ = "0.0.1"\n')
    words = ["--conf", f"spark.executorEnv.PYTHONPATH={package.parent}"]
    status, text = found("workers' Python", *words)
    assert status == "FAILED"
    assert f"has neptune_spark 0.0.1, but this is {__version__}" in text


def test_libraries_that_do_not_go_together(found: Found, tmp_path: Path) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ImportError('pyarrow requires another numpy')\n")
    status, text = found("workers' Python", "--conf", f"spark.executorEnv.PYTHONPATH={tmp_path}")
    assert status == "note"
    assert "cannot import pyarrow (pyarrow requires another numpy)" in text


def test_another_minor_version(found: Found, tmp_path: Path) -> None:
    other = program(
        tmp_path, f"""echo '{{"python": [3, 8, 1], "neptune_spark": "{__version__}"}}'"""
    )
    status, text = found("workers' Python", "--conf", f"spark.pyspark.python={other}")
    assert status == "FAILED"
    assert "is Python 3.8.1" in text and "PySpark requires the same minor version" in text


@pytest.mark.parametrize("text", ["echo hello", "exit 3", "echo 'no way' >&2; exit 1"])
def test_what_is_no_python(found: Found, tmp_path: Path, text: str) -> None:
    other = program(tmp_path, text)
    status, text = found("workers' Python", "--conf", f"spark.pyspark.python={other}")
    assert (status, "does not run as a Python" in text) == ("FAILED", True)


def test_none_there(found: Found) -> None:
    status, text = found("workers' Python", "--conf", "spark.pyspark.python=/nowhere/python")
    assert status == "FAILED"
    assert "/nowhere/python (by spark.pyspark.python) is not an executable" in text


def test_one_in_an_archive_is_left_to_the_executors(examine: Examine) -> None:
    code, report = examine("--conf", "spark.pyspark.python=./environment/bin/python")
    assert report["workers' Python"][0] == "note"
    assert report["signals"][0] == report["session"][0] == "ok"
    assert code == 0


def test_the_executors_own_check_is_asked(
    found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "psutil.py").write_text("raise ImportError('none here')\n")
    words = ["--conf", f"spark.executorEnv.PYTHONPATH={tmp_path}"]
    status, text = found("workers' Python", *words)
    assert status == "FAILED"
    assert "cannot import psutil (none here); install it there: pip install psutil" in text
