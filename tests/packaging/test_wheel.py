"""What the wheel carries, and that it works where nothing else of the checkout is."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from neptune_spark import __version__, find_jar
from tests.conftest import RunProgram
from tests.packaging.conftest import ROOT, CleanEnvironment

pytestmark = pytest.mark.slow


def _files(*patterns: str) -> set[str]:
    found = {f for pattern in patterns for f in ROOT.glob(pattern) if f.is_file()}
    return {f.relative_to(ROOT).as_posix() for f in found if "__pycache__" not in f.parts}


def test_the_wheel_carries_everything_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = archive.read(f"neptune_spark-{__version__}.dist-info/METADATA").decode()
        entries = archive.read(f"neptune_spark-{__version__}.dist-info/entry_points.txt").decode()
    package = _files("neptune_spark/**/*")
    scala = {f"neptune_spark/_jvm_shim/{f[len('jvm-shim/') :]}" for f in _scala()}
    benchmarks = {f[len("benchmarks/") :] for f in _files("benchmarks/neptune_bench/**/*")}
    assert carried == package | scala | benchmarks
    assert {"neptune_spark/py.typed", "neptune_spark/settings.json"} <= carried
    assert "neptune_bench/demo/__main__.py" in carried
    assert "License-Expression: Apache-2.0" in metadata
    assert "neptune-spark = neptune_spark.cli:main" in entries


def _scala() -> set[str]:
    return _files("jvm-shim/src/main/**/*")


def test_no_tests_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        parts = {part for name in archive.namelist() for part in Path(name).parts}
    assert [part for part in parts if part.startswith(("test", "conftest"))] == []


@pytest.fixture
def built_jar(installed: CleanEnvironment, run_program: RunProgram, tmp_path: Path) -> Path:
    """The jar that the installed package builds or finds, as its command prints it."""
    ran = run_program([installed.command, "jar"], cwd=tmp_path, env=installed.environment)
    assert ran.stdout.count("\n") == 1, "nothing but the path"
    return Path(ran.stdout.strip())


def test_the_command_gives_a_jar(built_jar: Path) -> None:
    with zipfile.ZipFile(built_jar) as jar:
        assert jar.testzip() is None
        assert "org/apache/spark/neptune/NeptunePlugin.class" in jar.namelist()
        properties = jar.read("neptune-build.properties").decode()
    assert f"version={__version__}\n" in properties


def test_a_jar_in_the_package_is_used(
    installed: CleanEnvironment, built_jar: Path, run_program: RunProgram, tmp_path: Path
) -> None:
    """What `make wheel` puts there; no cache is written then."""
    packaged = installed.package / "jars" / "neptune.jar"
    run_program([installed.command, "jar", "-o", packaged], env=installed.environment)
    environment = {**installed.environment, "XDG_CACHE_HOME": str(tmp_path / "none")}
    try:
        ran = run_program([installed.command, "jar"], cwd=tmp_path, env=environment)
    finally:
        packaged.unlink()
    assert (ran.stdout, ran.stderr) == (f"{packaged}\n", "")
    assert not (tmp_path / "none").exists()


@pytest.mark.smoke
def test_a_session_starts_from_the_installed_package(
    installed: CleanEnvironment, run_program: RunProgram, tmp_path: Path
) -> None:
    """Its sources are those of the checkout, so that the jar of that is found."""
    program = tmp_path / "app.py"
    program.write_text(
        "import neptune_spark\n"
        "spark = neptune_spark.builder().master('local[2]').getOrCreate()\n"
        "scheduler = neptune_spark.scheduler(spark)\n"
        "with neptune_spark.priority('high'):\n"
        "    print(spark.sparkContext.parallelize(range(10), 2).map(lambda x: x + 1).sum())\n"
        "print(scheduler.policy, scheduler.tasks())\n"
        "print(neptune_spark.find_jar().name, 'site-packages' in neptune_spark.__file__)\n"
        "spark.stop()\n"
    )
    jar = find_jar().name
    # No PYSPARK_PYTHON, so that configure() has to name the workers' Python.
    environment = {"PYTHONPATH": "", "PYSPARK_PYTHON": ""}
    ran = run_program([installed.python, program], cwd=tmp_path, env=environment)
    assert ran.stdout == f"55\nlma []\n{jar} True\n"


def test_the_demo_is_found(
    installed: CleanEnvironment, run_program: RunProgram, tmp_path: Path
) -> None:
    """Without its extra dependencies the command says what to install."""
    words = [installed.command, "demo"]
    ran = run_program(words, cwd=tmp_path, env=installed.environment, check=False)
    assert ran.returncode == 1
    assert "pip install 'neptune-spark[demo]'" in ran.stderr


def test_a_benchmark_is_a_program_of_its_own(
    installed: CleanEnvironment, run_program: RunProgram, tmp_path: Path
) -> None:
    words = [installed.python, "-m", "neptune_bench.scale", "--help"]
    ran = run_program(words, cwd=tmp_path, env=installed.environment)
    assert ran.stdout.startswith("usage: neptune-spark bench scale ")
