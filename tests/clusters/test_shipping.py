"""The ways that bring the Python package to YARN's nodes (docs/yarn.md), which are without it."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import neptune_spark
from dev.beds.yarn import Yarn
from neptune_spark import find_jar
from neptune_spark._start.shim import PLUGIN_CLASS
from tests.clusters.driving import Driving, in_both_modes
from tests.clusters.submitting import ADDING, submission
from tests.clusters.test_scheduling import PLAIN
from tests.conftest import RunProgram
from tests.integration.plain_answers import answers_in, check

pytestmark = pytest.mark.slow


def run_module(name: str, *words: str | Path) -> None:
    """As users do by the module's own command."""
    subprocess.run([sys.executable, "-m", name, *words], check=True)


def environment_with(directory: Path, *packages: str) -> Path:
    """A virtual environment that has these packages and no others."""
    run_module("venv", "--without-pip", directory)
    (place,) = directory.glob("lib/python*/site-packages")
    for name in packages:
        found = importlib.util.find_spec(name)
        assert found is not None and found.submodule_search_locations
        shutil.copytree(found.submodule_search_locations[0], place / name)
    return directory


def workers_in(python: str | Path, cluster: bool) -> tuple[dict[str, str], dict[str, str]]:
    """The settings and the environment that name the workers' Python."""
    if cluster:
        return {"spark.yarn.appMasterEnv.PYSPARK_PYTHON": str(python)}, {}
    return {}, {"PYSPARK_PYTHON": str(python), "PYSPARK_DRIVER_PYTHON": sys.executable}


def check_suspends(
    driving: Driving, python: str | Path, options: Sequence[str | Path], directory: Path
) -> None:
    settings, env = workers_in(python, driving.cluster)
    # A driver that has pyarrow takes it that workers have it, too.
    settings["spark.sql.execution.pythonUDF.arrow.enabled"] = "false"
    output = driving.submitted(PLAIN, "2", directory, settings=settings, env=env, options=options)
    check(answers_in(output), "yarn", 2, 1, scheduler="SubstituteScheduler")


@in_both_modes(("yarn", "cluster"), beds=["yarn"])
def test_the_package_alone(driving: Driving, tmp_path: Path) -> None:
    archive = tmp_path / "neptune_spark.zip"
    run_module("zipfile", "-c", archive, *neptune_spark.__path__)
    python = environment_with(tmp_path / "nodes", "psutil") / "bin" / "python"
    check_suspends(driving, python, ["--py-files", archive], tmp_path)


@pytest.mark.beyond_ci
@in_both_modes(("yarn", "client"), beds=["yarn"])
def test_an_environment(driving: Driving, tmp_path: Path) -> None:
    archive = tmp_path / "environment.tar.gz"
    packed = environment_with(tmp_path / "packed", "neptune_spark", "psutil")
    run_module("venv_pack", "-q", "-p", packed, "-o", archive)
    # What it finds must be what was sent.
    shutil.rmtree(packed)
    options = ["--archives", f"{archive}#environment"]
    check_suspends(driving, "./environment/bin/python", options, tmp_path)


def test_nothing_is_sent(yarn_bed: Yarn, run_program: RunProgram, tmp_path: Path) -> None:
    """The driver says what is missing where, and how it gets there."""
    python = environment_with(tmp_path / "nodes", "psutil") / "bin" / "python"
    settings, env = workers_in(python, cluster=False)
    neptune: Mapping[str, str] = {"spark.plugins": PLUGIN_CLASS, "spark.jars": str(find_jar())}
    words = submission(ADDING, "2", settings={**settings, **neptune})
    ran = run_program(words, env={**yarn_bed.environment, **env}, cwd=tmp_path, check=False)
    assert ran.returncode != 0
    said = f"Neptune can't run Python tasks: {python} (the workers' Python"
    for part in (said, "pip install neptune-spark", "--archives brings an environment along"):
        assert part in ran.stderr, part
