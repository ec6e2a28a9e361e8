"""What people run on Spark comes to the same whatever Neptune does to its tasks.

Each package's application runs on stock Spark, with Neptune (by itself, at low priority beside
short high jobs, at high priority beside a long low one), and with every task suspended again and
again. `make packages` runs these with what has to be fetched first; docs/packages.md has the
results.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SPARK_LINE, RunProgram
from tests.equivalence.differences import differences
from tests.packages import brokers
from tests.packages.catalogue import (
    BOOSTING,
    DELTA,
    ICEBERG,
    KAFKA,
    LEARNING,
    PANDAS_API,
    Package,
)

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
BESIDE = ("nothing", "high", "low")
CHAOS = ("--conf=spark.neptune.chaos.suspendEvery=20ms",)

Answers = dict[str, dict[str, Any]]
Run = Callable[..., Answers]


@pytest.fixture
def run(run_program: RunProgram, tmp_path: Path) -> Run:
    """Runs an application, for each of what is submitted beside it, in one session."""

    def run_app(
        package: Package,
        mode: str,
        beside: tuple[str, ...] = BESIDE[:1],
        options: tuple[str, ...] = (),
        broker: str = "",
    ) -> Answers:
        directory = tmp_path / mode
        directory.mkdir()
        submit: list[str | Path] = [Path(sys.prefix) / "bin" / "spark-submit"]
        if mode != "stock":
            submit = [sys.executable, "-m", "neptune_spark.cli", "submit"]
        run_program(
            [
                *submit,
                "--master=local[2]",
                "--conf=spark.ui.enabled=false",
                "--conf=spark.ui.showConsoleProgress=false",
                "--conf=spark.sql.shuffle.partitions=3",
                "--conf=spark.sql.session.timeZone=UTC",
                *package.options(SPARK_LINE),
                *options,
                ROOT / "tests" / "packages" / "apps" / "__main__.py",
                package.application,
                ",".join(beside),
                directory,
            ],
            cwd=directory,
            env={"PYTHONPATH": str(ROOT), "NEPTUNE_TEST_KAFKA": broker},
            timeout_s=800,
        )
        found: Answers = json.loads((directory / "answers.json").read_text())
        return found

    return run_app


def same_answers(run: Run, package: Package, **words: Any) -> None:
    """In every mode; and somebody was suspended wherever that is to be."""
    stock = run(package, "stock", **words)["nothing"]
    neptune = run(package, "neptune", BESIDE, **words)
    chaos = run(package, "chaos", options=CHAOS, **words)["nothing"]
    for name, found in {**neptune, "chaos": chaos}.items():
        assert differences(stock["answers"], found["answers"], name) == []
    figures = {k: {**v, "answers": ...} for k, v in {**neptune, "chaos": chaos}.items()}
    print(json.dumps(figures))
    assert min(figures[name]["beside"] for name in ("high", "low")) > 0, figures
    assert min(figures[name]["suspensions"] for name in ("high", "low", "chaos")) > 0, figures
