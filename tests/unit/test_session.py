from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyspark
import pytest
from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import JavaError, SessionError, SettingError, UnsupportedSpark
from neptune_spark._start import session
from neptune_spark._start.connect import refuse_connect_builder
from tests.fake_spark import make_java, make_spark

PLUGIN = "org.apache.spark.neptune.NeptunePlugin"
JAR = "/cache/neptune-spark-0-spark-4.3.0-00.jar"
LINE = ".".join(pyspark.__version__.split(".")[:2])
PACKAGE = f"a.group:neptune-spark-{LINE}_2.13:{neptune_spark.__version__}"


class StartedInAnotherWay(Exception):
    """In the place of the JVM that getOrCreate() would start."""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Spark, a Java, a jar, and a process in which no JVM runs; gives the Spark's home."""
    home = make_spark(tmp_path / "spark", pyspark.__version__)
    monkeypatch.setenv("SPARK_HOME", str(home))
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "java")))
    monkeypatch.setattr(session, "find_jar", lambda: Path(JAR))
    monkeypatch.setattr(SparkContext, "_gateway", None)
    monkeypatch.setattr(SparkContext, "_jvm", None)
    monkeypatch.setattr(SparkContext, "_active_spark_context", None)

    def start(_: object) -> None:
        raise StartedInAnotherWay

    monkeypatch.setattr(SparkSession.Builder, "getOrCreate", start)
    return home


def _options(builder: SparkSession.Builder) -> dict[str, Any]:
    return dict(builder._options)


def test_builder_sets_plugin_and_jar() -> None:
    options = _options(neptune_spark.builder().master("local[4]"))
    assert options == {"spark.plugins": PLUGIN, "spark.jars": JAR, "spark.master": "local[4]"}


def test_every_builder_is_a_new_one() -> None:
    assert _options(neptune_spark.builder(policy="lb")) != _options(neptune_spark.builder())


def test_configure_gives_the_same_builder_back() -> None:
    builder = SparkSession.builder.appName("mine")
    assert neptune_spark.configure(builder) is builder
    assert _options(builder)["spark.app.name"] == "mine"


def test_settings_by_keyword() -> None:
    builder = neptune_spark.builder(
        policy="lb", default_priority="low", suspend_timeout=250, chaos_suspend_every="20ms"
    )
    options = _options(builder)
    assert options["spark.neptune.policy"] == "lb"
    assert options["spark.neptune.defaultPriority"] == "low"
    assert options["spark.neptune.suspendTimeout"] == "250ms"
    assert options["spark.neptune.chaos.suspendEvery"] == "20ms"


def test_the_builders_own_plugins_and_jars_are_kept() -> None:
    builder = SparkSession.builder.config("spark.plugins", "a.B").config("spark.jars", "a.jar")
    options = _options(neptune_spark.configure(neptune_spark.configure(builder)))
    assert options["spark.plugins"] == f"a.B,{PLUGIN}"
    assert options["spark.jars"] == f"a.jar,{JAR}"


def test_what_is_set_after_configure_is_merged_when_the_session_starts() -> None:
    builder = neptune_spark.builder().config("spark.plugins", "a.B")
    with pytest.raises(StartedInAnotherWay):
        builder.getOrCreate()
    assert _options(builder)["spark.plugins"] == f"a.B,{PLUGIN}"


def test_plugins_and_jars_of_spark_defaults_are_kept(machine: Path) -> None:
    (machine / "conf").mkdir()
    defaults = machine / "conf" / "spark-defaults.conf"
    defaults.write_text("spark.plugins a.B\nspark.jars a.jar\nspark.other c\n")
    options = _options(neptune_spark.builder())
    assert options == {"spark.plugins": f"a.B,{PLUGIN}", "spark.jars": f"a.jar,{JAR}"}


def test_a_policy_of_spark_defaults_is_made_before_the_session(machine: Path) -> None:
    (machine / "conf").mkdir()
    defaults = machine / "conf" / "spark-defaults.conf"
    defaults.write_text("spark.neptune.policy python:no.such:Policy\n")
    with pytest.raises(SettingError, match="put it on the Python path of the driver"):
        neptune_spark.builder()


def test_jars_of_pyspark_submit_args_are_kept_and_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "--jars a.jar --name 'my name' pyspark-shell"
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", line)
    for _ in range(2):
        assert _options(neptune_spark.builder())["spark.jars"] == f"a.jar,{JAR}"
        words = shlex.split(os.environ["PYSPARK_SUBMIT_ARGS"])
        assert words == [
            *("--jars", "a.jar", "--name", "my name"),
            *("--conf", f"spark.plugins={PLUGIN}", "--jars", f"a.jar,{JAR}", "pyspark-shell"),
        ]


def test_the_jar_of_a_package_is_the_only_one() -> None:
    builder = SparkSession.builder.config("spark.jars.packages", f"a:b:1,{PACKAGE}")
    options = _options(neptune_spark.configure(builder))
    assert options["spark.plugins"] == PLUGIN
    assert "spark.jars" not in options


def test_a_package_that_is_named_after_configure_takes_the_place_of_the_jar() -> None:
    builder = neptune_spark.configure(SparkSession.builder.config("spark.jars", "a.jar"))
    builder.config("spark.jars.packages", PACKAGE)
    with pytest.raises(StartedInAnotherWay):
        builder.getOrCreate()
    assert _options(builder)["spark.jars"] == "a.jar"


@pytest.mark.parametrize("option", ["--packages", "--conf spark.jars.packages="])
def test_a_package_of_pyspark_submit_args_counts(
    monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    named = f"{option}{PACKAGE}" if option.endswith("=") else f"{option} {PACKAGE}"
    line = f"--jars a.jar {named} pyspark-shell"
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", line)
    builder = SparkSession.builder.config("spark.jars.packages", "a:b:1")
    assert "spark.jars" not in _options(neptune_spark.configure(builder))
    assert os.environ["PYSPARK_SUBMIT_ARGS"] == line


def test_a_package_for_another_spark_is_refused() -> None:
    wrong = PACKAGE.replace(LINE, "2.4")
    here = re.escape(pyspark.__version__)
    with pytest.raises(SessionError, match=rf"is for Spark 2\.4, but .* is Spark {here}"):
        neptune_spark.configure(SparkSession.builder.config("spark.jars.packages", wrong))


def test_other_pyspark_submit_args_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "--driver-memory 2g pyspark-shell"
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", line)
    neptune_spark.builder()
    assert os.environ["PYSPARK_SUBMIT_ARGS"] == line


def test_the_workers_python_is_this_one_unless_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYSPARK_PYTHON")
    neptune_spark.builder()
    assert os.environ["PYSPARK_PYTHON"] == sys.executable
    monkeypatch.setenv("PYSPARK_PYTHON", "/another/python")
    neptune_spark.builder()
    assert os.environ["PYSPARK_PYTHON"] == "/another/python"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"policy": "best"}, r"spark\.neptune\.policy cannot be 'best': give one of 'lma', 'lb'"),
        ({"policy": "python:no.such:Policy"}, r"importing no\.such raised ModuleNotFoundError"),
        ({"default_priority": True}, r"spark\.neptune\.defaultPriority cannot be True"),
        ({"suspend_time_out": 1}, "did you mean 'suspend_timeout'"),
        ({"priority": "high"}, "set per job"),
    ],
)
def test_bad_settings_are_refused_and_change_nothing(
    settings: dict[str, Any], sentence: str
) -> None:
    builder = SparkSession.builder
    with pytest.raises(SettingError, match=sentence):
        neptune_spark.configure(builder, **settings)
    assert _options(builder) == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("spark.neptune.polcy", "lb"),
        ("spark.neptune.policy", "best"),
        ("spark.neptune.policy", "python:no.such:Policy"),
    ],
)
def test_bad_settings_under_our_prefix_are_refused_too(key: str, value: str) -> None:
    with pytest.raises(SettingError, match=r"spark\.neptune\.pol"):
        neptune_spark.configure(SparkSession.builder.config(key, value))
    with pytest.raises(SettingError, match=r"spark\.neptune\.pol"):
        neptune_spark.builder().config(key, value).getOrCreate()


@pytest.mark.parametrize("variable", ["SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED"])
def test_connect_by_the_environment(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "sc://h")
    with pytest.raises(SessionError, match=rf"Spark Connect session .*{variable} is 'sc://h'"):
        neptune_spark.builder()


@pytest.mark.since_spark("4.0", "API modes")
@pytest.mark.parametrize("variable", ["SPARK_API_MODE", "SPARK_CONNECT_MODE"])
def test_connect_by_the_api_mode(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "1" if variable == "SPARK_CONNECT_MODE" else "connect")
    with pytest.raises(SessionError, match="the API mode"):
        neptune_spark.builder()


@pytest.mark.parametrize("way", ["builder", "environment"])
def test_a_server_of_pysparks_own(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    builder = neptune_spark.builder(policy="lb").config("spark.plugins", f"a.B,{PLUGIN}")
    if way == "builder":
        builder.remote("local[2]")
    else:
        monkeypatch.setenv("SPARK_REMOTE", "local[2]")
    with pytest.raises(StartedInAnotherWay):
        builder.getOrCreate()
    options = _options(builder)
    assert options["spark.plugins.defaultList"] == f"a.B,{PLUGIN}"
    # PySpark's own takes its place.
    assert "spark.plugins" not in options
    monkeypatch.setenv("SPARK_LOCAL_CONNECT_REUSE", "true")
    with pytest.raises(SessionError, match=r"spark\.local\.connect\.reuse is true"):
        builder.getOrCreate()


def test_pyspark_client_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = neptune_spark.builder()
    monkeypatch.delattr("pyspark.SparkContext")
    with pytest.raises(SessionError, match="install pyspark instead of pyspark-client"):
        builder.getOrCreate()


def test_connect_by_the_builder() -> None:
    with pytest.raises(SessionError, match=r"spark\.remote is sc://h"):
        neptune_spark.configure(SparkSession.builder.remote("sc://h"))
    with pytest.raises(SessionError, match=r"spark\.remote is sc://h"):
        neptune_spark.builder().remote("sc://h").getOrCreate()


@pytest.mark.since_spark("4.0", "API modes")
def test_connect_by_the_builders_api_mode() -> None:
    with pytest.raises(SessionError, match="the API mode"):
        neptune_spark.builder().config("spark.api.mode", "connect").getOrCreate()


@pytest.mark.since_spark("4.0", "API modes")
def test_a_builders_own_api_mode_comes_before_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPARK_API_MODE", "connect")
    refuse_connect_builder({"spark.api.mode": "Classic"})
    # As PySpark has it, what is none of the modes is its default.
    monkeypatch.setenv("SPARK_CONNECT_MODE", "0")
    refuse_connect_builder({"spark.api.mode": "both"})
    monkeypatch.setenv("SPARK_CONNECT_MODE", "1")
    with pytest.raises(SessionError, match="SPARK_CONNECT_MODE, or the package pyspark-connect"):
        refuse_connect_builder({"spark.api.mode": "both"})


def test_connects_own_builder() -> None:
    connect = type("Builder", (), {"__module__": "pyspark.sql.connect.session"})()
    with pytest.raises(SessionError, match=r"Spark Connect session .*pyspark\.sql\.connect"):
        neptune_spark.configure(connect)


def test_what_is_no_builder() -> None:
    with pytest.raises(SessionError, match=r"takes a SparkSession\.builder, not int"):
        neptune_spark.configure(cast(SparkSession.Builder, 3))


def test_java_is_checked_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "old", "1.7.0_80")))
    with pytest.raises(JavaError, match="is Java 7"):
        neptune_spark.builder()


def test_python_is_checked_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = neptune_spark.builder()
    monkeypatch.setattr(sys, "version_info", (3, 7, 1))
    with pytest.raises(UnsupportedSpark, match=r"is Python 3\.7: use a newer Python"):
        builder.getOrCreate()


def _active(monkeypatch: pytest.MonkeyPatch, plugins: str | None) -> None:
    conf = SimpleNamespace(get=lambda key, default: default if plugins is None else plugins)
    active = SimpleNamespace(_jsc=object(), getConf=lambda: conf)
    monkeypatch.setattr(SparkContext, "_active_spark_context", active)


@pytest.mark.parametrize("plugins", [None, "a.B"])
def test_a_running_session_without_neptune(
    monkeypatch: pytest.MonkeyPatch, plugins: str | None
) -> None:
    builder = neptune_spark.builder()
    _active(monkeypatch, plugins)
    with pytest.raises(SessionError, match=r"without Neptune is running .* call its stop\(\)"):
        neptune_spark.builder()
    with pytest.raises(SessionError, match="without Neptune is running"):
        builder.getOrCreate()
    with pytest.raises(SessionError, match="without Neptune is running"):
        builder.create()


def test_a_running_session_with_neptune(monkeypatch: pytest.MonkeyPatch) -> None:
    _active(monkeypatch, f"a.B,{PLUGIN}")
    with pytest.raises(StartedInAnotherWay):
        neptune_spark.builder().getOrCreate()


def _running_jvm(
    monkeypatch: pytest.MonkeyPatch,
    *,
    has_jar: bool,
    conf: dict[str, str] | None = None,
    version: str = neptune_spark.__version__,
    jar: str = JAR,
) -> None:
    """A JVM of this process in which no session is active, and what SparkConf finds in it."""
    utils = SimpleNamespace(classIsLoadable=lambda name: has_jar and name == PLUGIN)
    properties = SimpleNamespace(version=lambda: version, jar=lambda: jar)
    jvm = SimpleNamespace(
        **{
            "org.apache.spark.util.Utils": utils,
            "org.apache.spark.neptune.build.BuildProperties": properties,
        }
    )
    found = conf or {}
    monkeypatch.setattr(SparkContext, "_gateway", SimpleNamespace(jvm=jvm))
    monkeypatch.setattr(SparkContext, "_jvm", jvm)
    monkeypatch.setattr(SparkConf, "__init__", lambda self: None)
    monkeypatch.setattr(SparkConf, "get", lambda self, key, default=None: found.get(key, default))


def test_a_jvm_with_a_jar_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    _running_jvm(monkeypatch, has_jar=True, version="99.1")
    with pytest.raises(
        SessionError, match=r"belongs to neptune-spark 99\.1, but .* is 0\..*: install"
    ):
        neptune_spark.builder()


def test_a_jvm_without_the_jar(monkeypatch: pytest.MonkeyPatch) -> None:
    _running_jvm(monkeypatch, has_jar=False)
    with pytest.raises(SessionError, match="restart the Python process"):
        neptune_spark.builder()


def test_a_jvm_of_spark_submit_without_the_jar(monkeypatch: pytest.MonkeyPatch) -> None:
    _running_jvm(monkeypatch, has_jar=False)
    monkeypatch.setenv("PYSPARK_GATEWAY_PORT", "1")
    with pytest.raises(SessionError, match="use `neptune-spark submit`"):
        neptune_spark.builder()


@pytest.mark.parametrize(
    ("jars", "expected"),
    [
        (None, JAR),
        ("a.jar", f"a.jar,{JAR}"),
        ("a.jar,/x/neptune-spark-9.jar", "a.jar,/x/neptune-spark-9.jar"),
    ],
)
def test_a_jvm_with_the_jar_keeps_what_it_was_started_with(
    monkeypatch: pytest.MonkeyPatch, jars: str | None, expected: str
) -> None:
    conf = {"spark.plugins": "a.B", **({} if jars is None else {"spark.jars": jars})}
    _running_jvm(monkeypatch, has_jar=True, conf=conf)
    options = _options(neptune_spark.builder())
    assert options == {"spark.plugins": f"a.B,{PLUGIN}", "spark.jars": expected}


def test_the_jar_that_the_jvm_has_is_the_one_to_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver in a container need have no Spark home to find or build another for."""
    monkeypatch.delenv("SPARK_HOME")
    _running_jvm(monkeypatch, has_jar=True, jar="/image/neptune.jar")
    assert _options(neptune_spark.builder())["spark.jars"] == "/image/neptune.jar"


@pytest.mark.parametrize("key", ["spark.yarn.dist.jars", "spark.yarn.secondary.jars"])
def test_a_jar_that_yarn_brings_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    _running_jvm(monkeypatch, has_jar=True, conf={key: "file:/a.jar,hdfs://h/neptune-spark-9.jar"})
    assert _options(neptune_spark.builder()) == {"spark.plugins": PLUGIN}
