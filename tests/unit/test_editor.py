"""What editors are told of the Scala sources is what the build does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from neptune_spark._start.compiler import compiler_flags
from neptune_spark._start.shim import Sources
from neptune_spark._start.spark_install import SparkInstall, find_spark

ROOT = Path(__file__).parents[2]
SHIM = ROOT / "jvm-shim"
DIRECTIVES = [
    (kind, value)
    for line in (SHIM / "project.scala").read_text().splitlines()
    if (found := re.fullmatch(r"//> using (\S+) (.+)", line))
    for kind, value in [found.groups()]
]


def directive(kind: str) -> str:
    (value,) = (v for k, v in DIRECTIVES if k == kind)
    return value


@pytest.fixture
def spark() -> SparkInstall:
    """The Spark whose sources editors open."""
    version = directive("compileOnly.dep").rsplit(":", 1)[1]
    return SparkInstall(ROOT, ROOT, version)


def test_editors_open_the_sources_that_are_compiled(spark: SparkInstall) -> None:
    opened = [f for k, v in DIRECTIVES if k == "file" for f in (SHIM / v).rglob("*.scala")]
    assert sorted(opened) == sorted(Sources(SHIM, spark).scala)
    assert (SHIM / directive("resourceDir")).is_dir()


def test_editors_warn_of_what_the_build_warns_of(spark: SparkInstall) -> None:
    assert directive("options") == " ".join(compiler_flags(spark.supported_line))


def test_the_projects_own_file_is_no_source(spark: SparkInstall) -> None:
    assert SHIM / "project.scala" not in Sources(SHIM, spark).scala


def test_it_is_sparks_own_scala(spark: SparkInstall) -> None:
    installed = find_spark()
    if installed.version != spark.version:
        pytest.skip(f"needs Spark {spark.version}")
    assert (installed.jars / f"scala-library-{directive('scala')}.jar").exists()


def test_scala_lines_are_as_long_as_editors_let_them_be() -> None:
    width = re.search(r"^maxColumn = (\d+)$", (ROOT / ".scalafmt.conf").read_text(), re.MULTILINE)
    assert width is not None
    folders = (SHIM, ROOT / "benchmarks", ROOT / "tests")
    files = [f for folder in folders for f in folder.rglob("*.scala")]
    assert files
    assert [
        f"{f.relative_to(ROOT)}:{number}"
        for f in files
        for number, line in enumerate(f.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > int(width[1])
    ] == []
