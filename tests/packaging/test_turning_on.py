"""Every way of turning Neptune on, from outside: as users run their applications."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

from neptune_spark import find_jar
from neptune_spark._start.spark_install import find_spark
from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PLUGIN = "org.apache.spark.neptune.NeptunePlugin"
SUBMIT = [sys.executable, "-m", "neptune_spark.cli", "submit"]

#: An application without a word of Neptune; says what it was started with.
PLAIN = """\
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("sum", spark.sparkContext.parallelize(range(10), 2).map(lambda x: x + 1).sum())
print("master", spark.sparkContext.master)
print("scheduler", spark.sparkContext._jsc.sc().taskScheduler().getClass().getSimpleName())
print("jars", len(spark.sparkContext.getConf().get("spark.jars").split(",")))
spark.stop()
"""
RAN = "sum 55\nmaster local[2]\nscheduler NeptuneTaskScheduler\njars {jars}\n"

#: The same, but it turns Neptune on by itself.
CONFIGURING = PLAIN.replace(
    "SparkSession.builder", "__import__('neptune_spark').configure(SparkSession.builder)"
)
QUIET = ("--conf", "spark.ui.enabled=false")


class RunApplication(Protocol):
    def __call__(
        self, program: str, *before: str | Path, check: bool = True
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def run_app(run_program: RunProgram, tmp_path: Path) -> RunApplication:
    """Writes an application and runs it behind the given words."""

    def run(
        program: str, *before: str | Path, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        app = tmp_path / "app.py"
        app.write_text(program)
        environment = {"PYTHONPATH": str(ROOT)}
        return run_program([*before, app], cwd=tmp_path, env=environment, check=check)

    return run


@pytest.fixture
def other_jar() -> Path:
    """Some jar that a user adds."""
    return next(find_spark().jars.glob("avro-1*.jar"))


def test_neptune_spark_submit(run_app: RunApplication, other_jar: Path) -> None:
    ran = run_app(PLAIN, *SUBMIT, "--master", "local[2]", *QUIET, "--jars", other_jar)
    assert ran.stdout == RAN.format(jars=2)


@pytest.mark.smoke
def test_sparks_own_submit(run_app: RunApplication) -> None:
    submit = find_spark().home / "bin" / "spark-submit"
    neptune = ("--conf", f"spark.plugins={PLUGIN}", "--jars", find_jar())
    ran = run_app(PLAIN, submit, "--master", "local[2]", *QUIET, *neptune)
    assert ran.stdout == RAN.format(jars=1)


def test_an_application_that_configures_is_submitted_all_the_same(
    run_app: RunApplication, other_jar: Path
) -> None:
    ran = run_app(CONFIGURING, *SUBMIT, "--master", "local[2]", *QUIET, "--jars", other_jar)
    assert ran.stdout == RAN.format(jars=2)


@pytest.mark.beyond_ci
def test_a_plain_script_keeps_its_jars_and_may_start_again(
    run_app: RunApplication, other_jar: Path
) -> None:
    start = "neptune_spark.builder().master('local[2]').config('spark.jars', JARS).getOrCreate()"
    head = f"import neptune_spark\nJARS = {str(other_jar)!r}\n"
    ran = run_app(f"{head}{start}\n{PLAIN}\n{start}\n{PLAIN}", sys.executable)
    assert ran.stdout == RAN.format(jars=2) * 2


@pytest.mark.beyond_ci
def test_jars_in_the_environment_are_joined(
    run_app: RunApplication, other_jar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", f"--master local[2] --jars {other_jar} pyspark-shell")
    ran = run_app(CONFIGURING, sys.executable)
    assert ran.stdout == RAN.format(jars=2)


def test_spark_submit_without_the_jar_is_too_late(run_app: RunApplication) -> None:
    submit = find_spark().home / "bin" / "spark-submit"
    ran = run_app(CONFIGURING, submit, "--master", "local[2]", *QUIET, check=False)
    assert ran.returncode != 0
    # spark-submit passes the application's stderr on to its stdout.
    assert "SessionError: spark-submit started this application's JVM without" in ran.stdout
    assert "sum" not in ran.stdout


def test_a_stock_session_in_the_process_is_too_late(run_app: RunApplication) -> None:
    program = """\
import neptune_spark
from pyspark.sql import SparkSession
builder = neptune_spark.builder().master("local[2]")
stock = SparkSession.builder.master("local[2]").getOrCreate()
def attempt():
    try:
        builder.getOrCreate()
    except neptune_spark.NeptuneError as e:
        print(e)
for attempt_with in (attempt, lambda: (stock.stop(), attempt())):
    attempt_with()
try:
    neptune_spark.scheduler(stock)
except neptune_spark.NeptuneError as e:
    print(e)
"""
    running, jvm, stopped = run_app(program, sys.executable).stdout.splitlines()
    assert running.startswith("a Spark session without Neptune is running in this process")
    assert jvm.startswith("the JVM of this Python process was started without the Neptune jar")
    assert stopped == "the Spark session has been stopped: start a new one."
