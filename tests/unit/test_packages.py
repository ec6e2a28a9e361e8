"""Neptune's jar among what an application names itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from neptune_spark import SessionError, __version__
from neptune_spark._start.packages import (
    Package,
    artifact_id,
    names_our_jar,
    names_our_package,
    our_packages,
    without_our_jar,
)
from neptune_spark._start.spark_install import SparkInstall

SPARK = SparkInstall(Path("/spark"), Path("/spark/jars"), "4.3.0")
OURS = f"a.group:{artifact_id('4.3', '2.13')}:{__version__}"


@pytest.mark.parametrize(
    ("packages", "found"),
    [
        (None, None),
        ("", None),
        ("a:b:1, c:d_2.13:2", None),
        ("a:neptune-spark:1", None),
        ("a:neptune-spark-ui-4.3_2.13:1", None),
        ("a:b:1, a.group:neptune-spark-4.3_2.13:7", ("a.group:neptune-spark-4.3_2.13:7", "4.3")),
        ("a.group/neptune-spark-3.5_2.12:7", ("a.group/neptune-spark-3.5_2.12:7", "3.5")),
    ],
)
def test_our_artifact_is_found(packages: str | None, found: tuple[str, str] | None) -> None:
    assert our_packages(packages) == ([] if found is None else [Package(*found, "7")])


@pytest.mark.parametrize(("packages", "named"), [("a:b:1", False), (f"a:b:1,{OURS}", True)])
def test_the_right_artifact_is_taken(packages: str, named: bool) -> None:
    assert names_our_package(packages, SPARK) is named


def test_an_artifact_for_another_line_is_refused() -> None:
    other = f"a.group:{artifact_id('4.1', '2.13')}:{__version__}"
    with pytest.raises(SessionError, match=r"is for Spark 4\.1, but /spark is Spark 4\.3\.0: name"):
        names_our_package(other, SPARK)
    with pytest.raises(SessionError, match=r"is for Spark 4\.1"):
        names_our_package(f"{OURS},{other}", SPARK)


def test_an_artifact_of_another_version_is_refused() -> None:
    other = f"a.group:{artifact_id('4.3', '2.13')}:99.1"
    with pytest.raises(SessionError, match=r":99\.1, but this Python has neptune-spark 0\."):
        names_our_package(other, SPARK)


@pytest.mark.parametrize(
    ("jar", "is_ours"),
    [
        ("/cache/neptune-spark-0.1.0-spark-4.3.0-00ff.jar", True),
        # As Ivy names what it fetched, and as Spark lists it then.
        ("file:///ivy/jars/a.group_neptune-spark-4.3_2.13-0.1.0.jar", True),
        ("/app/my-neptune-spark-job.jar", False),
        ("/app/neptune-spark-0.1.0/job.jar", False),
    ],
)
def test_our_jars_are_known_by_their_names(jar: str, is_ours: bool) -> None:
    assert names_our_jar(f"/a/b.jar, {jar}") is is_ours
    assert without_our_jar(f"/a/b.jar, {jar}") == ("/a/b.jar" if is_ours else f"/a/b.jar,{jar}")
