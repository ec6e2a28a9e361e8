"""Spark, Scala, Java, this interpreter and its PySpark."""

from __future__ import annotations

import sys
from pathlib import Path

import pyspark
import pytest

from tests.fake_spark import make_java, make_spark
from tests.unit.doctor.conftest import Examine, Found


def test_a_home_that_is_none(examine: Examine, tmp_path: Path) -> None:
    _, report = examine("--spark-home", str(tmp_path))
    status, text = report["Spark"]
    assert status == "FAILED"
    assert f"{tmp_path} is no Spark home" in text


def test_no_spark_and_no_pyspark(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPARK_HOME")
    monkeypatch.setitem(sys.modules, "pyspark.find_spark_home", None)
    status, text = found("Spark")
    assert (status, "install PySpark with `pip install pyspark`" in text) == ("FAILED", True)


def test_an_unsupported_line(examine: Examine, tmp_path: Path) -> None:
    _, report = examine("--spark-home", str(make_spark(tmp_path / "old", "3.4.1")))
    status, text = report["Spark"]
    assert status == "FAILED"
    assert "Spark 3.4.1" in text and "is not supported" in text and "4.3" in text
    assert report["Java"] == ("skipped", "(needs Spark)")


def test_another_scala(found: Found, spark: Path) -> None:
    jar = spark / "jars" / "scala-library-2.13.18.jar"
    jar = jar.rename(jar.with_name("scala-library-2.12.20.jar"))
    status, text = found("Scala")
    assert status == "FAILED"
    assert text.startswith("2.12.20: ") and "Scala 2.13" in text
    jar.unlink()
    assert "but has none" in found("Scala")[1]


def test_no_java(examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    code, report = examine()
    assert code == 1
    assert report["Java"][0] == "FAILED"
    assert "is not an executable: set JAVA_HOME to a JDK 17 or later" in report["Java"][1]
    assert report["jar"] == ("skipped", "(needs Java)")
    assert report["session"] == ("skipped", "(needs jar)")
    # What needs no Java is checked all the same.
    assert report["workers' Python"][0] == report["sockets"][0] == "ok"


def test_an_old_java(found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(make_java(tmp_path / "old", "11.0.2")))
    status, text = found("Java")
    assert (status, "is Java 11, but Spark 4.3 needs 17" in text) == ("FAILED", True)


def test_a_jre_will_do_where_there_is_a_jar(examine: Examine, tmp_path: Path) -> None:
    examine()
    (tmp_path / "java" / "bin" / "javac").unlink()
    code, report = examine()
    assert code == 0
    assert "17 (JRE)" in report["Java"][1]


def test_an_old_python(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neptune_spark._doctor.spark._HERE", (3, 7))
    _, report = examine()
    status, text = report["Python"]
    assert status == "FAILED"
    assert sys.executable in text and "Spark 4.3 needs 3.11 or later" in text
    assert report["session"] == ("skipped", "(needs Python)")


def test_a_python_without_what_pyspark_3_5_needs(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neptune_spark._doctor.spark.find_spec", lambda _name: None)
    old = make_spark(tmp_path / "old", "3.5.9")
    status, text = examine("--spark-home", str(old), "--quick")[1]["Python"]
    assert status == "note"
    assert "no distutils" in text and "pip install setuptools" in text
    assert examine("--quick")[1]["Python"][0] == "ok"


def test_another_pyspark(examine: Examine, tmp_path: Path) -> None:
    version = "4.3.99"
    code, report = examine("--spark-home", str(make_spark(tmp_path / "other", version)), "--quick")
    assert code == 0
    status, text = report["PySpark"]
    assert status == "note"
    assert pyspark.__version__ in text and f"pip install pyspark=={version}" in text


def test_no_pyspark(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    status, text = found("PySpark")
    assert (status, "pip install pyspark==4.3.0" in text) == ("FAILED", True)
