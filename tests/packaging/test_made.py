"""`make wheel` and `make artifacts` give a jar for the newest release of every Spark line.

They run in a copy of this checkout, with the Sparks that are here: those of the environments of
`make smoke`, and those that they have fetched before.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from dev.line_sparks import KEPT, present
from dev.maven import GROUP
from neptune_spark import __version__
from neptune_spark._start.lines import SparkLine, spark_lines
from neptune_spark._start.packages import artifact_id
from neptune_spark._start.shim import BUILD_PROPERTIES
from tests.packaging.conftest import ROOT

pytestmark = pytest.mark.slow

LINES = list(spark_lines().values())
COPIED = ("benchmarks", "dev", "jvm-shim", "neptune_spark")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copy, in which both have run."""
    lacking = [line.newest for line in LINES if present(line) is None]
    if lacking:
        pytest.skip(f"no Spark {', '.join(lacking)} here; `make wheel` fetches what lacks")
    copy = tmp_path_factory.mktemp("made")
    for name in COPIED:
        ignored = shutil.ignore_patterns("__pycache__", "jars")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("Makefile", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    for environment in ROOT.glob(".venv-*"):
        (copy / environment.name).symlink_to(environment)
    if KEPT.is_dir():
        (copy / "build").mkdir()
        (copy / "build" / "sparks").symlink_to(KEPT)
    words = ["make", "wheel", "artifacts", "READY=", f"BIN={Path(sys.prefix) / 'bin'}"]
    ran = subprocess.run(words, cwd=copy, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return copy


def _built_for(jar: zipfile.ZipFile) -> str:
    (version,) = re.findall(rb"spark\.version=(.*)\n", jar.read(BUILD_PROPERTIES))
    return str(version, "utf-8")


def _oldest_java(jar: zipfile.ZipFile) -> int:
    """The oldest Java that reads all its classes."""
    classes = [name for name in jar.namelist() if name.endswith(".class")]
    # Of a class file, bytes 6 and 7 are the version of its format, which is 44 + that of Java.
    return max(int.from_bytes(jar.read(name)[6:8], "big") for name in classes) - 44


def test_the_wheel_has_a_jar_for_each_line(made: Path) -> None:
    (wheel,) = (made / "dist").glob("*.whl")
    found = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".jar"):
                assert Path(name).parent == Path("neptune_spark/jars")
                with archive.open(name) as file, zipfile.ZipFile(file) as jar:
                    found[_built_for(jar)] = _oldest_java(jar)
    assert found == {line.newest: line.java for line in LINES}
    # A wheel is fetched for every image and every worker's environment.
    assert wheel.stat().st_size < 3_000_000 * len(LINES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_the_repository_has_an_artifact_for_each_line(made: Path, line: SparkLine) -> None:
    artifact = artifact_id(line.name, line.scala)
    place = (made / "dist" / "maven").joinpath(*GROUP.split("."), artifact, __version__)
    with zipfile.ZipFile(place / f"{artifact}-{__version__}.jar") as jar:
        assert _built_for(jar) == line.newest
