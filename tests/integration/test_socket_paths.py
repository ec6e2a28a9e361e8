"""A session starts, and its Python tasks are suspended, wherever Spark's own directories are."""

from __future__ import annotations

from pathlib import Path

from neptune_spark import find_jar
from neptune_spark._start.shim import PLUGIN_CLASS
from neptune_spark._start.spark_install import find_spark
from tests.conftest import RunProgram
from tests.integration.plain_answers import answers_in

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]


def test_a_long_path_in_another_script(run_program: RunProgram, tmp_path: Path) -> None:
    """Long in bytes: the path has fewer characters than a socket's may have."""
    long = tmp_path / ("目录" * 12)
    assert len(str(long).encode()) > 107
    long.mkdir()
    submit = [find_spark().home / "bin" / "spark-submit", "--master", "local[2]"]
    ran = run_program(
        [
            *submit,
            *("--jars", find_jar(), "--conf", f"spark.plugins={PLUGIN_CLASS}"),
            *("--conf", f"spark.local.dir={long}", "--conf", "spark.ui.enabled=false"),
            *("--driver-java-options", f"-Djava.io.tmpdir={long}"),
            *(APPS / "plain.py", "2", tmp_path),
        ],
        env={"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
    )
    assert answers_in(ran.stdout)["bypass"]["low_went_on"]
    assert "Unix domain path too long" not in ran.stderr
