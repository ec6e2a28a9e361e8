"""An unmodified application on every form of master, however Neptune was turned on."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from neptune_spark import find_jar
from neptune_spark._start.shim import PLUGIN_CLASS
from neptune_spark._start.spark_install import find_spark
from tests.conftest import RunProgram
from tests.integration.jobs import QUICK_EXECUTORS
from tests.integration.plain_answers import answers_in, check
from tests.integration.user_jars import MANAGER_SERVICES, MANAGERS, make_jar

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APPS = Path(__file__).parent / "apps"
SUBMIT = [sys.executable, "-m", "neptune_spark.cli", "submit"]
QUIET = ["--conf", "spark.ui.enabled=false"]


def spark_submit() -> list[str | Path]:
    """Spark's own program, with the flag and the jar."""
    program = find_spark().home / "bin" / "spark-submit"
    return [program, "--conf", f"spark.plugins={PLUGIN_CLASS}", "--jars", find_jar()]


class Application:
    """The unmodified application, run behind the words that start it."""

    def __init__(self, run_program: RunProgram, directory: Path) -> None:
        self._run_program = run_program
        self._directory = directory

    def run(self, *before: str | Path, cores: int) -> dict[str, Any]:
        ran = self._run_program(
            [*before, APPS / "plain.py", str(cores), self._directory],
            cwd=self._directory,
            env={"PYTHONPATH": str(ROOT)},
        )
        return answers_in(ran.stdout)


@pytest.fixture
def application(run_program: RunProgram, tmp_path: Path) -> Application:
    return Application(run_program, tmp_path)


@pytest.mark.parametrize(
    ("master", "cores", "attempt"),
    [
        ("local", 1, -1),
        pytest.param("local[2]", 2, -1, marks=pytest.mark.beyond_ci),
        pytest.param("local[*]", os.cpu_count() or 1, -1, marks=pytest.mark.beyond_ci),
        pytest.param("local[2,3]", 2, 1, marks=pytest.mark.beyond_ci),
        pytest.param("local-cluster[2,1,1024]", 2, 1, marks=pytest.mark.beyond_ci),
    ],
)
def test_builder(application: Application, master: str, cores: int, attempt: int) -> None:
    answers = application.run(sys.executable, APPS / "with_builder.py", master, cores=cores)
    check(answers, master, cores, attempt)


@pytest.mark.beyond_ci
def test_sparks_own_submit(application: Application) -> None:
    answers = application.run(*spark_submit(), *QUIET, "--master", "local[2]", cores=2)
    check(answers, "local[2]", 2, -1)


@pytest.mark.beyond_ci
def test_neptune_spark_submit(application: Application) -> None:
    answers = application.run(*SUBMIT, *QUIET, "--master", "local[2,3]", cores=2)
    check(answers, "local[2,3]", 2, 1)


def test_standalone_master(application: Application, standalone_master: str) -> None:
    words = ["--master", standalone_master, "--conf", "spark.executor.memory=512m"]
    words += ["--conf", "=".join(QUICK_EXECUTORS)]
    answers = application.run(*spark_submit(), *QUIET, *words, cores=2)
    check(answers, standalone_master, 2, 1)


def test_somebody_elses_cluster_manager(application: Application, tmp_path: Path) -> None:
    """Its backend, and the failures that its scheduler would have allowed."""
    jar = make_jar(tmp_path / "managers.jar", [MANAGERS], MANAGER_SERVICES)
    words = ["--conf", "spark.master=local-plain", "--conf", f"spark.jars={find_jar()},{jar}"]
    program = find_spark().home / "bin" / "spark-submit"
    answers = application.run(
        program, *QUIET, "--conf", f"spark.plugins={PLUGIN_CLASS}", *words, cores=2
    )
    check(answers, "local-plain", 2, 1, scheduler="SubstituteScheduler")
