"""The examples for other tools, run by these: each job has the priority that it should have."""

from __future__ import annotations

import json
import os
import shutil
import sys
import sysconfig
from itertools import groupby
from pathlib import Path

import pytest

from neptune_spark import find_jar
from tests.conftest import RunProgram

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "NEPTUNE_TEST_PACKAGES" not in os.environ, reason="`make packages` fetches what this needs"
    ),
]

ROOT = Path(__file__).parents[2]
#: Later ones of dbt need a compiler for Rust.
DBT = ("dbt-core>=1.9,<1.11", "dbt-spark>=1.9,<1.10")
AIRFLOW = ("apache-airflow>=3.0", "apache-airflow-providers-apache-spark")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the event log of the application comes to be."""
    log = tmp_path / "event-log"
    log.mkdir()
    (tmp_path / "spark-defaults.conf").write_text(
        "spark.eventLog.enabled true\n"
        f"spark.eventLog.dir {log.as_uri()}\n"
        "spark.eventLog.compress false\n"
        "spark.eventLog.rolling.enabled false\n"
        "spark.ui.enabled false\n"
    )
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    monkeypatch.setenv("NEPTUNE_JAR", str(find_jar()))
    return log


def installed(run: RunProgram, directory: Path, *packages: str) -> Path:
    """The programs of a new environment, which has this PySpark and the package, too.

    What the tools need would not get on with what other tests need.
    """
    run([sys.executable, "-m", "venv", directory])
    run([directory / "bin" / "python", "-m", "pip", "install", "--quiet", *packages], timeout_s=600)
    (site,) = directory.glob("lib/python*/site-packages")
    (site / "this_spark.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
    return directory / "bin"


def priorities(log: Path) -> list[str]:
    """Those of the jobs, one after the other; a row of the same counts once."""
    (file,) = log.iterdir()
    jobs = [
        event["Properties"]
        for event in map(json.loads, file.read_text().splitlines())
        if event["Event"] == "SparkListenerJobStart"
    ]
    own = [job.get("neptune.priority", job.get("spark.neptune.priority", "none")) for job in jobs]
    return [priority for priority, _ in groupby(own)]


def test_each_model_of_dbt_has_its_priority(
    run_program: RunProgram, log: Path, tmp_path: Path
) -> None:
    programs = installed(run_program, tmp_path / "venv", *DBT)
    project = tmp_path / "dbt"
    shutil.copytree(ROOT / "examples" / "dbt", project)
    run_program(
        [programs / "dbt", "run", "--profiles-dir", "."],
        cwd=project,
        env={"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
    )
    assert priorities(log) == ["low", "high"]


def test_a_dag_of_airflow_submits_with_neptune(
    run_program: RunProgram, log: Path, tmp_path: Path
) -> None:
    programs = installed(run_program, tmp_path / "venv", *AIRFLOW)
    airflow = {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "examples" / "airflow"),
        "AIRFLOW_CONN_SPARK_DEFAULT": json.dumps({"conn_type": "spark", "host": "local[2]"}),
        # The provider looks for spark-submit there.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    run_program([programs / "airflow", "db", "migrate"], env=airflow)
    ran = run_program([programs / "airflow", "dags", "test", "nightly"], env=airflow)
    assert "even: 500000" in ran.stdout + ran.stderr
    assert priorities(log) == ["none", "high"]
