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
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable

import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.ysb.jars import connector
from tests.conftest import SPARK_LINE, RunProgram
from tests.equivalence.differences import differences
from tests.packages.brokers import broker
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
#: What is submitted beside the application, in one session after the other, by mode.
MODES = {"stock": ("nothing",), "neptune": ("nothing", "high", "low"), "chaos": ("nothing",)}
CHAOS = "--conf=spark.neptune.chaos.suspendEvery=20ms"

SameAnswers = Callable[..., None]


@pytest.fixture
def same_answers(run_program: RunProgram, tmp_path: Path) -> SameAnswers:
    """Runs an application in every mode, and compares what it came to."""

    def run(package: Package, mode: str, options: Sequence[str], broker: str) -> dict[str, Any]:
        directory = tmp_path / mode
        log = directory / "event-log"
        log.mkdir(parents=True)
        submit: list[str | Path] = [Path(sys.prefix) / "bin" / "spark-submit"]
        if mode != "stock":
            submit = [sys.executable, "-m", "neptune_spark.cli", "submit"]
        if mode == "chaos":
            submit.append(CHAOS)
        run_program(
            [
                *submit,
                "--master=local[2]",
                "--conf=spark.ui.enabled=false",
                "--conf=spark.ui.showConsoleProgress=false",
                "--conf=spark.sql.shuffle.partitions=3",
                "--conf=spark.sql.session.timeZone=UTC",
                "--conf=spark.eventLog.enabled=true",
                f"--conf=spark.eventLog.dir={log.as_uri()}",
                "--conf=spark.eventLog.compress=false",
                "--conf=spark.eventLog.rolling.enabled=false",
                *package.options(SPARK_LINE),
                *options,
                ROOT / "tests" / "packages" / "apps" / "__main__.py",
                package.application,
                ",".join(MODES[mode]),
                directory,
            ],
            cwd=directory,
            env={"PYTHONPATH": str(ROOT), "NEPTUNE_TEST_KAFKA": broker},
            timeout_s=600,
        )
        found: dict[str, Any] = json.loads((directory / "answers.json").read_text())
        for run_of in found.values():
            start_s, end_s = run_of.pop("between_s")
            run_of["seconds"] = round(end_s - start_s, 1)
            run_of["priorities"] = priorities(log, start_s, end_s)
        return found

    def compare(
        package: Package,
        options: Sequence[str] = (),
        broker: str = "",
        keeps_priority: bool = True,
    ) -> None:
        found = {mode: run(package, mode, options, broker) for mode in MODES}
        expected = found["stock"]["nothing"].pop("answers")
        for mode in ("neptune", "chaos"):
            for beside, run_of in found[mode].items():
                answers = run_of.pop("answers")
                assert differences(expected, answers, f"{mode} beside {beside}") == []
        # What happened, for docs/packages.md; shown by `pytest -s`.
        print(json.dumps({package.application: found}))
        neptune, chaos = found["neptune"], found["chaos"]["nothing"]
        for beside in ("high", "low"):
            assert neptune[beside]["beside"] > 0, found
            assert neptune[beside]["suspensions"] > 0, found
            # No thread pool of the package's has lost the priority of who asked for a job.
            assert not keeps_priority or "none" not in neptune[beside]["priorities"], found
        assert chaos["suspensions"] > 10, found

    return compare


def priorities(log: Path, start_s: float, end_s: float) -> dict[str, int]:
    """How many jobs of each priority began meanwhile; "none" are those that were given none."""
    found: Counter[str] = Counter()
    (file,) = log.iterdir()
    for line in file.read_text().splitlines():
        event = json.loads(line)
        if event["Event"] != "SparkListenerJobStart":
            continue
        if start_s <= event["Submission Time"] / 1000 <= end_s:
            found[event["Properties"].get("neptune.priority", "none")] += 1
    return dict(found)


def with_package(package: Package) -> pytest.MarkDecorator:
    """Skips what can't be had on this Spark, or would have to be fetched for a test."""
    missing = None
    if package.coordinates and SPARK_LINE not in package.coordinates:
        missing = f"{package.application} has no release for this Spark"
    elif package.coordinates and "NEPTUNE_TEST_PACKAGES" not in os.environ:
        missing = "`make packages` fetches what this needs"
    elif package.module and importlib.util.find_spec(package.module) is None:
        missing = f"`make packages` installs {package.module}"
    return pytest.mark.skipif(missing is not None, reason=missing or "")


@with_package(DELTA)
def test_delta(same_answers: SameAnswers) -> None:
    same_answers(DELTA)


@with_package(ICEBERG)
def test_iceberg(same_answers: SameAnswers) -> None:
    same_answers(ICEBERG)


@with_package(BOOSTING)
def test_xgboost(same_answers: SameAnswers) -> None:
    same_answers(BOOSTING)


@pytest.mark.beyond_ci
def test_kafka(same_answers: SameAnswers, tmp_path: Path) -> None:
    topics = [
        f"{mode}-{beside}-{kind}"
        for mode, each in MODES.items()
        for beside in each
        for kind in ("numbers", "squares")
    ]
    try:
        jars = ",".join(map(str, connector()))
    except BenchmarkError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(f"no connector for this Spark can be fetched: {error}")
    with broker(tmp_path / "kafka", topics) as address:
        same_answers(KAFKA, options=[f"--jars={jars}"], broker=address)


@pytest.mark.beyond_ci
def test_spark_ml(same_answers: SameAnswers) -> None:
    # PySpark 3.5 reads the caller's local properties in a thread of its pool (Spark 4.0 mends it).
    same_answers(LEARNING, keeps_priority=SPARK_LINE >= (4, 0))


@pytest.mark.beyond_ci
def test_pandas_api(same_answers: SameAnswers) -> None:
    same_answers(PANDAS_API)
