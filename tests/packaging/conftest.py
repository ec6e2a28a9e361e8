"""A wheel built from this tree, and a clean virtual environment that it is installed in."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pyspark
import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class CleanEnvironment:
    """A virtual environment with nothing of this checkout on its paths."""

    directory: Path

    @property
    def python(self) -> Path:
        return self.directory / "bin" / "python"

    @property
    def command(self) -> Path:
        return self.directory / "bin" / "neptune-spark"

    @property
    def environment(self) -> dict[str, str]:
        """Variables for its programs: no paths of the checkout, and a cache of its own."""
        return {"PYTHONPATH": "", "XDG_CACHE_HOME": str(self.directory / "cache")}

    @property
    def package(self) -> Path:
        (found,) = self.directory.glob("lib/python3.*/site-packages/neptune_spark")
        return found


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> CleanEnvironment:
    """The wheel with its dependencies, and the PySpark that these tests run on."""
    directory = tmp_path_factory.mktemp("clean")
    venv.create(directory, with_pip=True)
    clean = CleanEnvironment(directory)
    requirements = [str(wheel), f"pyspark=={pyspark.__version__}"]
    subprocess.run(
        [clean.python, "-m", "pip", "install", "--quiet", *requirements],
        check=True,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )
    return clean
