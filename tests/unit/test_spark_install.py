from __future__ import annotations

import sys
from pathlib import Path

import pyspark
import pytest

from neptune_spark import JavaError, UnsupportedSpark
from neptune_spark._start import lines
from neptune_spark._start.spark_install import SparkInstall, check_python, find_java, find_spark
from tests.fake_spark import make_java, make_sources, make_spark, spark_lines


def test_a_given_home(tmp_path: Path) -> None:
    spark = find_spark(make_spark(tmp_path, "4.3.1"))
    assert spark == SparkInstall(tmp_path, tmp_path / "jars", "4.3.1", "2.13")
    assert spark.line == "4.3"


def test_spark_home_comes_before_pyspark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_HOME", str(make_spark(tmp_path, "4.2.7")))
    assert find_spark().version == "4.2.7"


def test_else_it_is_the_installed_pyspark() -> None:
    spark = find_spark()
    assert spark.version == pyspark.__version__
    assert spark.home == Path(pyspark.__file__).parent


def test_a_checkout_of_spark(tmp_path: Path) -> None:
    jars = make_spark(tmp_path / "made") / "jars"
    place = tmp_path / "assembly" / "target" / "scala-2.13"
    place.mkdir(parents=True)
    jars.rename(place / "jars")
    assert find_spark(tmp_path).jars == place / "jars"


@pytest.mark.parametrize("version", ["4.3.0-amzn-1", "4.4.0-SNAPSHOT"])
def test_versions_with_a_suffix(tmp_path: Path, version: str) -> None:
    assert find_spark(make_spark(tmp_path, version)).version == version


def test_what_is_no_spark(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedSpark, match=r"is no Spark home .*set SPARK_HOME"):
        find_spark(tmp_path)
    home = make_spark(tmp_path / "twice", "4.3.0")
    (home / "jars" / "spark-core_2.13-4.2.0.jar").touch()
    with pytest.raises(UnsupportedSpark):
        find_spark(home)


def test_no_spark_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_found() -> str:
        raise SystemExit(-1)

    monkeypatch.setattr("pyspark.find_spark_home._find_spark_home", not_found)
    with pytest.raises(UnsupportedSpark, match="pip install pyspark"):
        find_spark()


@pytest.fixture
def spark(tmp_path: Path) -> SparkInstall:
    return find_spark(make_spark(tmp_path / "spark"))


def test_java_home_comes_before_the_path(
    spark: SparkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path, at_home = make_java(tmp_path / "a"), make_java(tmp_path / "b", "21.0.1")
    monkeypatch.setenv("PATH", str(on_path / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert find_java(spark) == str(on_path / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(at_home))
    assert find_java(spark) == str(at_home / "bin" / "java")


def test_spark_env_knows_java_home(
    spark: SparkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = make_java(tmp_path / "java")
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    spark.conf.mkdir()
    (spark.conf / "spark-env.sh").write_text(f"echo noise\nexport JAVA_HOME={java}\n")
    assert find_java(spark) == str(java / "bin" / "java")


def test_no_java(spark: SparkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(JavaError, match=r"there is none: install a JDK 17 or later"):
        find_java(spark)


def test_java_home_without_java(spark: SparkInstall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    with pytest.raises(JavaError, match=r"JAVA_HOME is /nowhere, but /nowhere/bin/java"):
        find_java(spark)


@pytest.mark.parametrize(("version", "named"), [("11.0.2", "11"), ("1.8.0_392", "8")])
def test_an_old_java(
    spark: SparkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, named: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "old", version)))
    with pytest.raises(JavaError, match=f"is Java {named}, but Spark 4.3 needs 17 or later"):
        find_java(spark)


def test_a_line_that_runs_on_an_older_java(
    spark: SparkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = make_sources(tmp_path / "_jvm_shim") / "src" / "main" / "spark-lines.json"
    table.write_text(spark_lines("4.3", java=8))
    monkeypatch.setattr(lines, "PACKAGE", tmp_path)
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "java8", "1.8.0_392")))
    assert find_java(spark) == str(tmp_path / "java8" / "bin" / "java")
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "java7", "1.7.0_80")))
    with pytest.raises(JavaError, match=r"is Java 7, but Spark 4\.3 needs 8 or later"):
        find_java(spark)


def test_a_spark_of_no_supported_line(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedSpark, match=r"Spark 2\.4\.8 .* supports Spark .*4\.3"):
        find_java(find_spark(make_spark(tmp_path, "2.4.8")))


def test_an_old_python(spark: SparkInstall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 11, 0))
    check_python(spark)
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    message = (
        rf"Spark 4\.3\.0 in .* needs Python 3\.11 or later, and {sys.executable} is Python 3\.10"
    )
    with pytest.raises(UnsupportedSpark, match=message):
        check_python(spark)


@pytest.mark.parametrize("script", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho hello\n"])
def test_a_java_that_is_none(
    spark: SparkInstall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    java = make_java(tmp_path / "java") / "bin" / "java"
    java.write_text(script)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "java"))
    with pytest.raises(JavaError, match="set JAVA_HOME to a JDK 17 or later"):
        find_java(spark)
