"""A start that can't be right fails at once with one sentence, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from neptune_spark import find_jar
from neptune_spark._start.shim import BUILD_PROPERTIES, PLUGIN_CLASS
from neptune_spark._start.spark_install import find_spark
from tests.conftest import RunProgram
from tests.integration.jobs import QUICK_EXECUTORS
from tests.integration.user_jars import MANAGER_SERVICES, MANAGERS, make_jar

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]

#: Settings, and what must be said of them: the setting, its value, and the remedy.
WRONG = {
    "policy": (
        {"spark.neptune.policy": "coin"},
        ["spark.neptune.policy is 'coin'", "it must be one of: lma, lb", "or python:module:Class"],
    ),
    "policy not found": (
        {"spark.neptune.policy": "my.own.Policy"},
        ["spark.neptune.policy is 'my.own.Policy'", "no such class", "--jars"],
    ),
    "policy that is none": (
        {"spark.neptune.policy": "java.lang.Object"},
        ["spark.neptune.policy is 'java.lang.Object'", "does not implement neptune.policy.Policy"],
    ),
    "policy with parameters": (
        {"spark.neptune.policy": "neptune.policy.CacheBucket"},
        ["'neptune.policy.CacheBucket'", "no public constructor without parameters"],
    ),
    "order that would kill": (
        {"spark.neptune.order": "fair", "spark.neptune.preemption": "kill"},
        ["spark.neptune.preemption is kill", "an order is fair", "to suspend or none"],
    ),
    "policy that raises": (
        {"spark.neptune.policy": "my.Unwilling"},
        ["spark.neptune.policy is 'my.Unwilling'", "its constructor raised", "not today"],
    ),
    "unknown": (
        {"spark.neptune.polcy": "lb"},
        [
            "spark.neptune.polcy (set to 'lb') is not a setting",
            "did you mean spark.neptune.policy?",
        ],
    ),
    "unlike any": (
        {"spark.neptune.elephants": "2"},
        ["spark.neptune.elephants (set to '2') is not a setting", "remove it or use one of: "],
    ),
    "priority": (
        {"spark.neptune.defaultPriority": "urgent"},
        ["spark.neptune.defaultPriority is 'urgent'", "low, normal, high or a 32-bit integer"],
    ),
    "duration": (
        {"spark.neptune.suspendTimeout": "soon"},
        ["spark.neptune.suspendTimeout is 'soon'", "a duration such as 100ms"],
    ),
    "scope": (
        {"spark.neptune.priority": "high"},
        ["spark.neptune.priority is set to 'high' for the application", "defaultPriority"],
    ),
    "order": (
        {"spark.neptune.order": "fifo"},
        ["spark.neptune.order is 'fifo'", "it must be one of: spark, fair, feedback"],
    ),
    "order of no level": (
        {"spark.neptune.level.urgent.order": "fair"},
        ["spark.neptune.level.urgent.order names no level", "low, normal, high or a 32-bit"],
    ),
    "orders of a level": (
        {"spark.neptune.level.high.order": "fair", "spark.neptune.level.10.order": "feedback"},
        ["level.10.order and spark.neptune.level.high.order are for the same level", "remove all"],
    ),
    "quantum": (
        {"spark.neptune.order.quantum": "0s"},
        ["spark.neptune.order.quantum is '0s'", "a duration above 0 such as 100ms"],
    ),
    "bands": (
        {"spark.neptune.order.bands": "1,10"},
        ["spark.neptune.order.bands is '1,10'", "core-seconds such as 0,1,10: from 0 on"],
    ),
    "cores": (
        {"spark.neptune.pool.etl.maxCores": "a quarter"},
        ["spark.neptune.pool.etl.maxCores is 'a quarter'", "a number of cores above 0 or a share"],
    ),
    "limit of a job": (
        {"spark.neptune.maxCores": "4"},
        ["spark.neptune.maxCores is set to '4' for the application", "SET spark.neptune.maxCores"],
    ),
    "target of a rule": (
        {"spark.neptune.rule.clicks.query": "clicks", "spark.neptune.rule.clicks.target": "soon"},
        ["spark.neptune.rule.clicks.target is 'soon'", "a duration above 0 such as 100ms or 2s"],
    ),
    "target of a job": (
        {"spark.neptune.target": "2s"},
        ["spark.neptune.target is set to '2s' for the application", "spark.neptune.rule.<name>.ta"],
    ),
    "least above most": (
        {
            "spark.neptune.rule.clicks.query": "clicks",
            "spark.neptune.rule.clicks.minCores": "50%",
            "spark.neptune.rule.clicks.maxCores": "25%",
        },
        [
            "rule.clicks.minCores is 50%, above spark.neptune.rule.clicks.maxCores",
            "lower the first",
        ],
    ),
    "daemon": (
        {"spark.python.daemon.module": "my daemon.py"},
        ["spark.python.daemon.module is 'my daemon.py'", "my.module, or remove it"],
    ),
    "another scheduler": (
        {"spark.master": "local-special"},
        [
            "spark.master is 'local-special'",
            "others.Managers$Special has a scheduler of its own, others.Managers$OwnScheduler",
            "remove org.apache.spark.neptune.NeptunePlugin from spark.plugins",
        ],
    ),
    "two managers": (
        {"spark.master": "local-twice"},
        ["Multiple external cluster managers registered for the url local-twice"],
    ),
    "nobody's": ({"spark.master": "local-nobody"}, ["Could not parse Master URL: 'local-nobody'"]),
    # Spark's own check comes first, before anybody looks for a cluster.
    "cores of a task": (
        {"spark.master": "yarn", "spark.executor.cores": "1", "spark.task.cpus": "2"},
        ["has to be >= the number of cpus per task"],
    ),
}


UNWILLING = """
package my;
public class Unwilling {
    public Unwilling() { throw new IllegalStateException("not today"); }
}
"""


class Starts:
    """Attempts to start a session, one after the other in one process."""

    def __init__(self, run_program: RunProgram, directory: Path) -> None:
        self._run_program = run_program
        self._directory = directory

    def said(self, settings: dict[str, dict[str, str]], env: dict[str, str]) -> dict[str, str]:
        """What was said of each, by name; a stock session must start before and after."""
        on = {"spark.plugins": PLUGIN_CLASS}
        cases = self._directory / "cases.json"
        cases.write_text(json.dumps({name: {**on, **more} for name, more in settings.items()}))
        ran = self._run_program(
            [sys.executable, APPS / "wrong_starts.py", f"{find_jar()},{self._jar()}", cases],
            cwd=self._directory,
            env={"PYTHONPATH": str(ROOT), **env},
        )
        said: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
        assert said["stock before"] == said["stock after"] == "it started"
        # What was half made must not be heard of at the end.
        assert "Uncaught exception" not in ran.stderr
        assert "NullPointerException" not in ran.stderr
        return said

    def _jar(self) -> Path:
        """A jar of the user's."""
        source = self._directory / "Unwilling.java"
        source.write_text(UNWILLING)
        return make_jar(self._directory / "mine.jar", [source, MANAGERS], MANAGER_SERVICES)


@pytest.fixture
def starts(run_program: RunProgram, tmp_path: Path) -> Starts:
    return Starts(run_program, tmp_path)


def test_wrong_settings(starts: Starts) -> None:
    said = starts.said({name: settings for name, (settings, _) in WRONG.items()}, {})
    for name, (_, parts) in WRONG.items():
        for part in parts:
            assert part in said[name], name


def test_an_interpreter_that_is_not_there(starts: Starts) -> None:
    said = starts.said({"on": {}}, {"PYSPARK_PYTHON": "/nowhere/python"})
    for part in ("/nowhere/python", "PYSPARK_PYTHON", "pip install neptune-spark"):
        assert part in said["on"]


def test_an_interpreter_without_the_packages(starts: Starts, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    python = str(bare / "bin" / "python")
    said = starts.said(
        # PySpark ignores this setting in a script that starts its JVM itself, and so do we.
        {"on": {}, "setting": {"spark.pyspark.python": sys.executable}},
        {"PYSPARK_PYTHON": python},
    )
    for name in ("on", "setting"):
        for part in (python, "PYSPARK_PYTHON names another", "install it there"):
            assert part in said[name]


def test_a_bare_name_of_an_interpreter_is_looked_up(starts: Starts, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 3\n")
    python.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    said = starts.said({"on": {}}, {"PYSPARK_PYTHON": "python3", "PATH": path})
    assert f"python3 (the workers' Python; here {python}; PYSPARK_PYTHON" in said["on"]


@pytest.mark.parametrize(
    ("properties", "named"), [("spark.version=3.3.0\n", "3.3.0"), ("", "an unknown version")]
)
def test_a_jar_for_another_spark(
    run_program: RunProgram, tmp_path: Path, properties: str, named: str
) -> None:
    jar = tmp_path / "other.jar"
    with zipfile.ZipFile(find_jar()) as ours, zipfile.ZipFile(jar, "w") as other:
        for entry in ours.namelist():
            content = ours.read(entry)
            other.writestr(entry, properties if entry == BUILD_PROPERTIES else content)
    app = tmp_path / "app.py"
    app.write_text("from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate()\n")
    spark = find_spark()
    submit = [spark.home / "bin" / "spark-submit", "--master", "local[2]", "--jars", jar]
    ran = run_program(
        [*submit, "--conf", f"spark.plugins={PLUGIN_CLASS}", app],
        env={"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert ran.returncode != 0
    sentence = f"The Neptune jar is built for Spark {named}, but this is Spark {spark.version}"
    assert sentence in ran.stdout + ran.stderr
    assert "neptune-spark jar" in ran.stdout + ran.stderr


@pytest.mark.slow
def test_an_executor_without_the_packages_fails_the_jobs(
    run_program: RunProgram, tmp_path: Path
) -> None:
    """The session is up before its executors are: the job that needs it must say what is missing
    where, and others run."""
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    python = bare / "bin" / "python"
    submit = [find_spark().home / "bin" / "spark-submit", "--master", "local-cluster[1,1,1024]"]
    settings = ["--conf", f"spark.plugins={PLUGIN_CLASS}", "--conf", "=".join(QUICK_EXECUTORS)]
    ran = run_program(
        [*submit, "--jars", find_jar(), *settings, APPS / "sum.py"],
        env={
            "PYTHONPATH": str(ROOT),
            "PYSPARK_PYTHON": str(python),
            "PYSPARK_DRIVER_PYTHON": sys.executable,
        },
        check=False,
    )
    said = ran.stdout + ran.stderr
    assert ran.returncode != 0
    assert "JVM alone 45" in ran.stdout
    assert f"Neptune can't run Python tasks: {python}" in said
    assert "cannot import psutil" in said and "pip install psutil" in said


@pytest.mark.slow
def test_a_check_that_is_killed_is_no_fault_of_the_interpreter(
    run_program: RunProgram, tmp_path: Path
) -> None:
    """It is tried again, and is believed once it has been killed again and again."""
    calls = tmp_path / "calls"
    python = tmp_path / "python"
    app = tmp_path / "app.py"
    app.write_text(
        "import neptune_spark\n"
        "spark = neptune_spark.builder().master('local[2]').getOrCreate()\n"
        "print('found', spark.range(10).rdd.map(lambda row: row.id).sum())\n"
    )

    def run(killed: int) -> str:
        calls.write_text("")
        python.write_text(
            f"""#!/bin/sh
            case "$*" in *controller.check*)
                echo call >> {calls}
                if [ $(wc -l < {calls}) -le {killed} ]; then kill -9 $$; fi
            esac
            exec {sys.executable} "$@"
            """
        )
        python.chmod(0o755)
        ran = run_program([sys.executable, app], env={"PYSPARK_PYTHON": str(python)}, check=False)
        return ran.stdout + ran.stderr

    assert "found 45" in run(killed=5)
    said = run(killed=100)
    assert "found 45" not in said
    assert f"Neptune can't run Python tasks: {python}" in said
    assert "said nothing before it ended with exit code 137" in said
