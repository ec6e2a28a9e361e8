"""Which part may use which, in both languages: the arrows between them are right, and no circle."""

from __future__ import annotations

import shutil
from functools import lru_cache
from pathlib import Path

import pytest

from tests.unit.layers.rules import BRIDGE, PACKAGE, SCALA, wrong_arrows
from tests.unit.layers.structure_page import page

ROOT = Path(__file__).parents[2]


def test_all_arrows_are_right() -> None:
    told = "\n".join(_told_of_the_original())
    assert not told, f"wrong arrows:\n{told}"


def test_the_drawn_structure_is_up_to_date() -> None:
    written = (ROOT / "docs" / "structure.md").read_text(encoding="utf-8")
    assert written == page(ROOT), "run `make docs`"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the sources, into which something wrong can be planted."""
    for folder in (PACKAGE, SCALA):
        ignored = shutil.ignore_patterns("__pycache__", "*.jar")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        (
            "worker/masks.py",
            "import psutil",
            "psutil: a forked worker loads this module",
        ),
        (
            "_settings.py",
            "def of(pid):\n    import psutil",
            "psutil: a forked worker loads this module",
        ),
        (
            "worker/masks.py",
            "from pyspark.sql import DataFrame",
            "pyspark.sql: it is not for a forked worker",
        ),
        (
            "worker/masks.py",
            "from neptune_spark.controller import usage",
            "neptune_spark.controller.usage: "
            "neptune_spark.worker must not use neptune_spark.controller",
        ),
        (
            "worker/states.py",
            "from . import hub",
            "a circle of modules:\n",
        ),
        (
            "worker/current.py",
            "if TYPE_CHECKING:\n    from neptune_spark.worker.hub import Hub",
            "neptune_spark.worker.current -> neptune_spark.worker.hub",
        ),
        (
            "worker/errors.py",
            "from neptune_spark._policy import decisions",
            "neptune_spark.worker must not use neptune_spark._policy",
        ),
    ],
)
def test_a_wrong_import_in_python_is_found(copied: Path, file: str, line: str, told: str) -> None:
    assert _newly_told(copied, f"{PACKAGE}/{file}", line, told)


def test_greenlets_are_of_one_file(copied: Path) -> None:
    _plant(copied / PACKAGE / "worker" / "gate.py", "from greenlet import getcurrent")
    assert not any("greenlet" in told for told in wrong_arrows(copied))
    told = "greenlet is imported in more than one file: neptune_spark.worker.gate, "
    assert _newly_told(copied, f"{PACKAGE}/worker/hub.py", "import greenlet", told)


@pytest.mark.parametrize(
    ("package", "line", "told"),
    [
        (
            "neptune.core",
            "import org.apache.spark.{SparkConf => Conf}",
            "neptune.core -> org.apache.spark.SparkConf: the pure part must not use it",
        ),
        (
            "neptune.core",
            "object Planted { val bad = org.apache.spark.SPARK_VERSION }",
            "neptune.core -> org.apache.spark.SPARK_VERSION: the pure part must not use it",
        ),
        (
            "neptune.policy",
            "import java.util.concurrent.{\n  TimeUnit, Executors}",
            "java.util.concurrent.Executors: the pure part must not use it",
        ),
        (
            "neptune.core",
            "object Planted { def nowNs: Long = System.nanoTime() }",
            "neptune.core -> System.nanoTime: the pure part must not use it",
        ),
        (
            "neptune.core",
            "object Planted extends Thread",
            "neptune.core -> Thread: the pure part must not use it",
        ),
        (
            "neptune.core",
            "import neptune.policy.Plan",
            "a circle of packages:\n",
        ),
        (
            f"{BRIDGE}.rpc",
            f"import {BRIDGE}.driver.executors.{{Agents, Eligibility}}",
            f"{BRIDGE}.rpc -> {BRIDGE}.driver.executors\n",
        ),
        (
            f"{BRIDGE}.rpc",
            f"object Planted {{ val bad = {BRIDGE}.driver.executors.Agents }}",
            f"{BRIDGE}.rpc -> {BRIDGE}.driver.executors\n",
        ),
        (
            f"{BRIDGE}.driver.start",
            f"import {BRIDGE}.NeptunePlugin",
            f"{BRIDGE}.NeptunePlugin -> {BRIDGE}.driver.start\n",
        ),
        (
            f"{BRIDGE}.rpc",
            "// See neptune_spark.worker.warden.",
            f"{BRIDGE}.rpc -> neptune_spark.worker.warden: there is no such module",
        ),
    ],
)
def test_a_wrong_import_in_scala_is_found(copied: Path, package: str, line: str, told: str) -> None:
    file = f"{SCALA}/scala/{package.replace('.', '/')}/Planted.scala"
    assert _newly_told(copied, file, f"package {package}\n\n{line}", told)


def _newly_told(root: Path, file: str, line: str, told: str) -> bool:
    """Whether this is told, with the file's name, once the line is planted, and not before."""
    _plant(root / file, line)
    new = [each for each in wrong_arrows(root) if each not in _told_of_the_original()]
    return any(told in f"{each}\n" and (file in each or "greenlet" in told) for each in new)


@lru_cache(maxsize=None)
def _told_of_the_original() -> list[str]:
    return wrong_arrows(ROOT)


def _plant(file: Path, line: str) -> None:
    """Put a line at the end of a file, which may be a new one."""
    with file.open("a", encoding="utf-8") as end:
        end.write(f"\n{line}\n")
