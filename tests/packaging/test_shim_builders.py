"""Several processes that need the same jar at once, and builders that die half way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from neptune_spark._start.lines import spark_lines
from tests.conftest import SPARK_LINE, RunProgram
from tests.fake_spark import compilations, make_java, make_sources, make_spark

ROOT = Path(__file__).parents[2]

_PROGRAM = """\
import pathlib
from neptune_spark._start import lines, shim
lines.PACKAGE = pathlib.Path({package!r})
print(shim.find_jar())
"""


#: In the place of ours, for a jar that leans on nothing.
_RECORDER = """\
package org.apache.spark.neptune.build
import java.nio.file.{Files, Paths}
object LinkageRecord {
  def main(args: Array[String]): Unit = Files.write(Paths.get(args(1)), Array.empty[Byte])
}
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Spark and a compiler that takes a while, named in the environment; gives their folder."""
    line = spark_lines()[".".join(map(str, SPARK_LINE))]
    lines = tuple(sorted({"4.2", "4.3", line.name}))
    make_sources(tmp_path / "package" / "_jvm_shim", lines, line.java, line.scala)
    monkeypatch.setenv("SPARK_HOME", str(make_spark(tmp_path / "spark", scala=line.scala)))
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "java", compile_seconds=1.5)))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def _command(machine: Path) -> list[str]:
    return [sys.executable, "-c", _PROGRAM.format(package=str(machine / "package"))]


@pytest.fixture
def builders(machine: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Five processes that ask for the jar at the same time."""
    started = [
        subprocess.Popen(
            _command(machine), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(5)
    ]
    yield started
    for process in started:
        process.kill()
        process.communicate()


def test_concurrent_builders_build_once(
    machine: Path, builders: list[subprocess.Popen[str]]
) -> None:
    said = [process.communicate(timeout=60) for process in builders]
    assert [process.returncode for process in builders] == [0] * 5, said
    (path,) = {out for out, _ in said}
    assert len(compilations(machine / "java")) == 1
    assert sum("building the Neptune jar" in err for _, err in said) == 1
    with zipfile.ZipFile(path.strip()) as jar:
        assert jar.testzip() is None


def test_a_killed_builder_leaves_nothing_in_the_way(machine: Path, run_program: RunProgram) -> None:
    killed = subprocess.Popen(_command(machine), start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        while not compilations(machine / "java"):
            time.sleep(0.02)
    finally:
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()
    cache = machine / "cache" / "neptune-spark"
    assert [f.name for f in cache.glob("*.tmp-*")] != []
    assert list(cache.glob("*.jar")) == []

    jar = Path(run_program(_command(machine)).stdout.strip())

    assert len(compilations(machine / "java")) == 2
    assert sorted(f.suffix for f in cache.iterdir()) == [".jar", ".lock"]
    with zipfile.ZipFile(jar) as archive:
        assert archive.testzip() is None


@pytest.mark.slow
def test_the_real_compiler_of_this_spark(
    machine: Path, monkeypatch: pytest.MonkeyPatch, run_program: RunProgram
) -> None:
    monkeypatch.delenv("SPARK_HOME")
    monkeypatch.delenv("JAVA_HOME")
    sources = machine / "package" / "_jvm_shim" / "src" / "main" / "scala"
    (sources / "LinkageRecord.scala").write_text(_RECORDER)
    jar = Path(run_program(_command(machine)).stdout.strip())
    with zipfile.ZipFile(jar) as archive:
        names = archive.namelist()
    assert {"neptune/Common.class", "neptune/Line.class", "neptune/Line$.class"} <= set(names)
    bad = sources / "Bad.scala"
    # Not even a warning gets through.
    bad.write_text("class Bad { def answer: Int = { 1; 42 } }\n")
    ran = run_program(_command(machine), check=False)
    assert ran.returncode == 1
    assert "Bad.scala:1: warning: " in ran.stderr
