"""An installation of fakes in which all is well, for tests to take something away from."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Callable, Dict, Tuple

import pytest

from neptune_spark import cli
from neptune_spark._doctor.application import MARK
from neptune_spark._doctor.checks import Check
from neptune_spark._doctor.installation import Installation
from neptune_spark.cli import _doctor
from tests.fake_spark import make_java, make_spark

ALL_CHECKS = _doctor.CHECKS

#: What the application says in the end.
ALL_WELL = [
    {"name": "session", "passed": True, "text": "Spark 4.3.0 on local[1]"},
    {"name": "JVM task", "passed": True, "text": "suspended"},
    {"name": "Python task", "passed": True, "text": "suspended"},
]


def submit_saying(spark: Path, rows: list[dict[str, object]], then: str = "") -> None:
    """Has spark-submit write down its words, say what the application would, and act."""
    lines = "\n".join(f"print({MARK + json.dumps(row)!r})" for row in rows)
    program = spark / "bin" / "spark-submit"
    program.write_text(
        f"#!{sys.executable}\nimport os, pathlib, signal, sys, time\n"
        f"pathlib.Path({str(spark)!r}, 'words').write_text('\\n'.join(sys.argv[1:]))\n"
        f"print('the log', file=sys.stderr)\n{lines}\nsys.stdout.flush()\n{then}\n"
    )


@pytest.fixture
def spark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Spark home, with Java, a cache of its own, and a jar in it."""
    home = make_spark(tmp_path / "spark")
    (home / "conf").mkdir()
    monkeypatch.setenv("SPARK_HOME", str(home))
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "java")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("neptune_spark._start.lines.PACKAGE", _package(tmp_path))
    for name in ("MASTER", "PYSPARK_PYTHON", "SPARK_LOCAL_DIRS"):
        monkeypatch.delenv(name, raising=False)
    # The first python3 on the PATH is this one.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:/usr/bin:/bin")
    submit_saying(home, ALL_WELL)
    return home


def _package(directory: Path) -> Path:
    """A package with this one's Scala sources, and without ready jars."""
    package = directory / "package"
    package.mkdir()
    (package / "_jvm_shim").symlink_to(Path(cli.__file__).parents[2] / "jvm-shim")
    return package


Report = Dict[str, Tuple[str, str]]
Examine = Callable[..., Tuple[int, Report]]


@pytest.fixture
def examine(spark: Path, capsys: pytest.CaptureFixture[str]) -> Examine:
    """Runs `neptune-spark doctor`; returns its exit code, and status and text by check."""

    def run(*words: str) -> tuple[int, Report]:
        capsys.readouterr()
        code = cli.main(["doctor", *words])
        *lines, _ = capsys.readouterr().out.splitlines()
        return code, parsed(lines)

    return run


Found = Callable[..., Tuple[str, str]]


@pytest.fixture
def found(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> Found:
    """Makes one check, with those that it needs; returns its status and text."""

    def run(name: str, *words: str) -> tuple[str, str]:
        with monkeypatch.context() as patch:
            patch.setattr(_doctor, "CHECKS", needed(name))
            return examine(*words)[1][name]

    return run


def needed(name: str) -> list[Check[Installation]]:
    """A check, and those that it needs, in their order."""
    names = {name}
    for check in reversed(ALL_CHECKS):
        if check.name in names:
            names.update(check.needs)
    return [check for check in ALL_CHECKS if check.name in names]


def parsed(lines: list[str]) -> Report:
    """Status and text of each check, with what is indented below."""
    report: Report = {}
    name = ""
    width = 9 + max(len(check.name) for check in _doctor.CHECKS) + 2
    for line in lines:
        head, text = line[:width], line[width:]
        if head.strip():
            name = head[9:].strip()
            report[name] = (head[:9].strip(), text)
        else:
            report[name] = (report[name][0], f"{report[name][1]} {text}")
    return report
