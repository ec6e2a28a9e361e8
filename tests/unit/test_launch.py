from __future__ import annotations

from pathlib import Path

import pytest

from neptune_spark import __version__
from neptune_spark._start.launch import SubmitOptions, brings_our_jar, read_properties, with_item
from neptune_spark._start.spark_install import SparkInstall

PLUGIN = "org.apache.spark.neptune.NeptunePlugin"
JAR = Path("/cache/neptune-spark-x.jar")
PACKAGE = f"a.group:neptune-spark-4.3_2.13:{__version__}"


@pytest.fixture
def spark(tmp_path: Path) -> SparkInstall:
    (tmp_path / "conf").mkdir()
    return SparkInstall(tmp_path, tmp_path / "jars", "4.3.0")


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, "b"), ("", "b"), ("a", "a,b"), ("b", "b"), ("a, b ,c", "a,b,c"), (",a,", "a,b")],
)
def test_an_item_is_in_a_list_once(before: str | None, after: str) -> None:
    assert with_item(before, "b") == after


@pytest.mark.parametrize(
    ("line", "application"),
    [
        ("app.py --conf a=b", "app.py"),
        ("--master local[2] app.py", "app.py"),
        ("--master=local[2] -v --supervise app.py --master x", "app.py"),
        ("-c spark.a=b --load-spark-defaults app.jar", "app.jar"),
        ("--name --odd-name app.py", "app.py"),
        ("--some-option-of-a-later-spark 7 app.py", "app.py"),
        ("pyspark-shell", "pyspark-shell"),
    ],
)
def test_the_application_is_found_behind_the_options(line: str, application: str) -> None:
    options = SubmitOptions(line.split())
    assert options.args[options.end] == application
    assert options.starts_application


@pytest.mark.parametrize(
    "line",
    ["", "--help", "-h", "--version", "--kill app-1 --master spark://h:1", "--status a", "--conf"],
)
def test_not_every_use_starts_an_application(line: str) -> None:
    assert not SubmitOptions(line.split()).starts_application


def test_neptune_goes_behind_the_options_and_before_the_application(spark: SparkInstall) -> None:
    options = SubmitOptions(["--master", "local", "app.py", "--conf", "its own"])
    assert options.with_neptune(spark, JAR) == [
        *("--master", "local"),
        *("--conf", f"spark.plugins={PLUGIN}", "--jars", str(JAR)),
        *("app.py", "--conf", "its own"),
    ]


@pytest.mark.parametrize(
    ("line", "plugins", "jars"),
    [
        ("--conf spark.plugins=a.B app.py", f"a.B,{PLUGIN}", f"{JAR}"),
        ("--conf spark.plugins=a.B -c spark.plugins=c.D app.py", f"c.D,{PLUGIN}", f"{JAR}"),
        (f"--conf spark.plugins={PLUGIN},a.B app.py", f"{PLUGIN},a.B", f"{JAR}"),
        ("--jars a.jar,b.jar app.py", PLUGIN, f"a.jar,b.jar,{JAR}"),
        ("--jars a.jar --jars=b.jar app.py", PLUGIN, f"b.jar,{JAR}"),
        ("--conf spark.jars=c.jar app.py", PLUGIN, f"c.jar,{JAR}"),
        ("--jars a.jar --conf spark.jars=c.jar app.py", PLUGIN, f"a.jar,{JAR}"),
        (f"--jars {JAR} app.py", PLUGIN, f"{JAR}"),
        ("--packages a:b:1 app.py", PLUGIN, f"{JAR}"),
    ],
)
def test_the_users_own_are_merged_in(
    spark: SparkInstall, line: str, plugins: str, jars: str
) -> None:
    words = SubmitOptions(line.split()).with_neptune(spark, JAR)
    again = SubmitOptions(words)
    assert (again.conf["spark.plugins"], again.jars) == (plugins, jars)


@pytest.mark.parametrize(
    ("line", "brought"),
    [
        ("--packages a:b:1 --jars a.jar app.py", False),
        ("--jars a.jar,/other/neptune-spark-y.jar app.py", True),
        (f"--packages {PACKAGE} app.py", True),
        (f"--conf spark.jars.packages={PACKAGE} app.py", True),
        # Spark takes the option, wherever it stands.
        (f"--packages a:b:1 --conf spark.jars.packages={PACKAGE} app.py", False),
        (f"--packages {PACKAGE} --conf spark.jars.packages=a:b:1 app.py", True),
    ],
)
def test_a_jar_that_the_application_brings_is_enough(
    spark: SparkInstall, line: str, brought: bool
) -> None:
    options = SubmitOptions(line.split())
    assert brings_our_jar(options.effective(spark), spark) is brought
    added = ["--conf", f"spark.plugins={PLUGIN}"]
    assert options.with_neptune(spark, None) == [*line.split()[:-1], *added, "app.py"]


def test_the_defaults_count_unless_another_file_is_named(spark: SparkInstall) -> None:
    (spark.conf / "spark-defaults.conf").write_text("spark.plugins from.Defaults\nspark.jars d.jar")
    other = spark.home / "other.conf"
    other.write_text("spark.plugins = from.Other")
    more = spark.home / "more.conf"
    more.write_text("spark.plugins: from.More")

    def effective(line: str) -> str:
        return SubmitOptions([*line.split(), "app.py"]).effective(spark).get("spark.plugins", "")

    assert effective("") == "from.Defaults"
    assert effective(f"--properties-file {other}") == "from.Other"
    assert effective(f"--extra-properties-file {more}") == "from.More"
    assert effective(f"--properties-file {other} --extra-properties-file {more}") == "from.More"
    assert effective(f"--properties-file {other} --conf spark.plugins=x") == "x"
    both = SubmitOptions(["--properties-file", str(other), "--load-spark-defaults", "app.py"])
    assert both.effective(spark) == {"spark.plugins": "from.Other", "spark.jars": "d.jar"}


def test_options_that_stand_for_a_key(spark: SparkInstall) -> None:
    options = SubmitOptions(
        ["--deploy-mode", "cluster", "--remote=sc://h", "--master", "yarn", "app.py"]
    )
    assert options.effective(spark) == {
        "spark.submit.deployMode": "cluster",
        "spark.remote": "sc://h",
        "spark.master": "yarn",
    }


def test_properties_are_read_as_java_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "a.conf"
    file.write_text(
        "# a comment\n! another\n\n  spark.a  1 2 \nspark.b=3\nspark.c : x=y\n"
        "spark.d\ta,\\\n  b\nspark.e\nspark.f==\n"
    )
    assert read_properties(file) == {
        "spark.a": "1 2",
        "spark.b": "3",
        "spark.c": "x=y",
        "spark.d": "a,b",
        "spark.e": "",
        "spark.f": "=",
    }


def test_properties_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    assert read_properties(tmp_path / "none.conf") == {}
    (tmp_path / "bytes.conf").write_bytes(b"\xff\xfe\x00")
    assert read_properties(tmp_path / "bytes.conf") == {}
