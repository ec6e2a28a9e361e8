"""Which command lines of spark-submit start a Spark Connect client, on each line of Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from neptune_spark import SessionError
from neptune_spark._start.connect import refuse_connect_launch
from neptune_spark._start.launch import SubmitOptions
from neptune_spark._start.spark_install import SparkInstall

Cause = Callable[..., str]
_LINES = ["3.5", "4.0", "4.1", "4.2", "4.3"]
_WITH_MODES = _LINES[1:]
CONNECT_BY_OPTION = "--conf spark.api.mode=connect"


@pytest.fixture
def cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cause:
    """Returns why a command line would be refused, empty if it is not."""
    for name in ("SPARK_REMOTE", "SPARK_API_MODE", "SPARK_CONNECT_MODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SPARK_CONNECT_MODE_ENABLED", raising=False)
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))

    def find(
        line: str,
        words: str,
        builder: dict[str, str] | None = None,
        defaults: str = "",
        **variables: str,
    ) -> str:
        (tmp_path / "spark-defaults.conf").write_text(defaults)
        spark = SparkInstall(tmp_path, tmp_path / "jars", f"{line}.0")
        with monkeypatch.context() as environment:
            for name, value in variables.items():
                environment.setenv(name, value)
            try:
                refuse_connect_launch(SubmitOptions(words.split()), spark, builder)
            except SessionError as e:
                assert "from a Spark Connect client" in str(e)
                return str(e).partition("(")[2].partition(")")[0]
        return ""

    return find


@pytest.mark.parametrize("line", _LINES)
def test_a_remote_server(cause: Cause, line: str) -> None:
    assert cause(line, "--remote sc://h app.py") == "spark.remote is sc://h"
    assert cause(line, "app.py", defaults="spark.remote sc://h") == "spark.remote is sc://h"
    for application in ("app.py", "app.jar"):
        variable = cause(line, application, SPARK_REMOTE="local")
        assert variable == "the environment variable SPARK_REMOTE is 'local'"
    assert cause(line, "app.py", builder={"spark.remote": "sc://h"}) != ""


@pytest.mark.parametrize("line", _LINES)
def test_what_only_pyspark_reads(cause: Cause, line: str) -> None:
    said = "the environment variable SPARK_CONNECT_MODE_ENABLED is '1'"
    assert cause(line, "app.py", SPARK_CONNECT_MODE_ENABLED="1") == said
    assert cause(line, "", SPARK_CONNECT_MODE_ENABLED="1") == said
    assert cause(line, "--class A app.jar", SPARK_CONNECT_MODE_ENABLED="1") == ""
    # The driver is elsewhere, in another environment.
    assert cause(line, "--deploy-mode cluster app.py", SPARK_CONNECT_MODE_ENABLED="1") == ""
    assert cause(line, "app.jar", SPARK_API_MODE="connect") == ""
    mode = cause(line, "app.py", SPARK_API_MODE="Connect")
    assert ("SPARK_API_MODE" in mode) == (line != "3.5")
    assert cause(line, "app.py", SPARK_API_MODE="classic") == ""


@pytest.mark.parametrize("line", _WITH_MODES)
@pytest.mark.parametrize("application", ["app.py", "app.jar"])
def test_the_api_mode(cause: Cause, line: str, application: str) -> None:
    said = "spark.api.mode is connect"
    assert cause(line, f"{CONNECT_BY_OPTION} {application}") == said
    assert cause(line, f"{CONNECT_BY_OPTION} --deploy-mode cluster {application}") == said
    assert cause(line, f"--conf spark.api.mode=classic {application}") == ""
    # Spark 4.0 does not look there.
    by_defaults = cause(line, application, defaults="spark.api.mode connect")
    assert by_defaults == ("" if line == "4.0" else said)
    chosen = f"--conf spark.api.mode=classic {application}"
    assert cause(line, chosen, defaults="spark.api.mode connect") == ""


@pytest.mark.parametrize("line", _WITH_MODES)
def test_the_default_of_the_api_mode(cause: Cause, line: str) -> None:
    said = "the environment variable SPARK_CONNECT_MODE is '1'"
    assert cause(line, "app.jar", SPARK_CONNECT_MODE="1") == said
    assert cause(line, "app.py", SPARK_CONNECT_MODE="1") == said
    assert cause(line, "app.py", SPARK_CONNECT_MODE="0") == ""
    # The option is for the JVM, and nothing that a session in Python sees.
    classic = "--conf spark.api.mode=classic"
    assert cause(line, f"{classic} app.jar", SPARK_CONNECT_MODE="1") == ""
    assert cause(line, f"{classic} app.py", SPARK_CONNECT_MODE="1") == said
    both = {"SPARK_CONNECT_MODE": "1", "SPARK_API_MODE": "classic"}
    assert cause(line, f"{classic} app.py", **both) == ""


def test_spark_3_5_has_no_api_mode(cause: Cause) -> None:
    assert cause("3.5", f"{CONNECT_BY_OPTION} app.py", defaults="spark.api.mode connect") == ""
    assert cause("3.5", "app.py", SPARK_CONNECT_MODE="1") == ""


def test_a_builder_comes_before_spark_defaults(cause: Cause) -> None:
    connect, classic = {"spark.api.mode": "connect"}, {"spark.api.mode": "classic"}
    defaults = "spark.api.mode connect"
    assert cause("4.3", "pyspark-shell", builder=connect) != ""
    assert cause("4.3", "pyspark-shell", builder=classic, defaults=defaults) == ""
    assert cause("4.3", "pyspark-shell", builder={}, defaults=defaults) != ""
    # PySpark sets the variable itself for the JVM that it starts.
    assert cause("4.3", "pyspark-shell", builder={}, SPARK_CONNECT_MODE="1") == ""
