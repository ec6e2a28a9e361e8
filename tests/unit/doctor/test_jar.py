"""The jar: ready, to be built, or impossible."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from neptune_spark import __version__
from neptune_spark._start.shim import LINKAGE_RECORD
from tests.fake_spark import compilations, make_spark
from tests.unit.doctor.conftest import Examine, Found


def test_built_once_and_then_found(found: Found, tmp_path: Path) -> None:
    status, text = found("jar")
    assert (status, text.endswith(".jar (built now)")) == ("ok", True)
    assert found("jar", "--quick") == ("ok", text.replace(" (built now)", ""))
    assert len(compilations(tmp_path / "java")) == 1


def test_a_jre_cannot_build_it(examine: Examine, found: Found, tmp_path: Path) -> None:
    (tmp_path / "java" / "bin" / "javac").unlink()
    code, report = examine()
    assert code == 1
    status, text = report["jar"]
    assert status == "FAILED"
    assert "is a JRE, which cannot build it" in text
    assert "Install a JDK 17 or later" in text
    # Where a jar that was built elsewhere is found.
    elsewhere = text.split()[-1]
    (tmp_path / "java" / "bin" / "javac").touch()
    assert found("jar")[1] == f"{elsewhere} (built now)"


def test_a_read_only_cache(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    code, report = examine()
    assert code == 1
    status, text = report["jar"]
    assert status == "FAILED"
    assert f"cannot be written to {tmp_path}/file/neptune-spark" in text
    assert "set XDG_CACHE_HOME" in text
    assert report["session"] == ("skipped", "(needs jar)")


def test_sources_that_do_not_compile(found: Found, tmp_path: Path) -> None:
    java = tmp_path / "java" / "bin" / "java"
    java.write_text(java.read_text().replace("DOES NOT COMPILE", "package"))
    status, text = found("jar")
    assert status == "FAILED"
    assert "does not fit the build of Spark" in text
    # One line of what may be hundreds.
    assert "error:" not in text
    assert "`neptune-spark jar` prints the compiler's full output" in text


def test_a_jar_that_is_named(found: Found, tmp_path: Path) -> None:
    jar = found("jar")[1].split()[0]
    for url in (jar, f"file://{jar}", f"/some/other.jar, {jar}"):
        text = f"{url.split()[-1]} in spark.jars"
        assert found("jar", "--quick", "--conf", f"spark.jars={url}") == ("ok", text)
    elsewhere = "hdfs://host/neptune-spark-9.jar"
    text = f"{elsewhere} in spark.jars"
    assert found("jar", "--quick", "--conf", f"spark.jars={elsewhere}") == ("ok", text)


def test_jars_that_are_named_and_do_not_fit(found: Found, spark: Path, tmp_path: Path) -> None:
    other = make_spark(tmp_path / "other", "4.2.1")
    missing, empty = tmp_path / "neptune-spark-0.jar", tmp_path / "neptune-spark-1.jar"
    empty.touch()
    for jar, said in (
        (missing, "does not exist"),
        (empty, "belongs to neptune-spark (unknown)"),
        (found("jar", "--spark-home", str(other))[1].split()[0], "is for Spark 4.2.1"),
    ):
        (spark / "conf" / "spark-defaults.conf").write_text(f"spark.jars {jar}\n")
        status, text = found("jar", "--quick")
        assert (status, said in text, str(jar) in text) == ("FAILED", True, True)


def test_the_jar_for_another_release_of_the_line_must_have_a_record(
    found: Found, tmp_path: Path
) -> None:
    spark = make_spark(tmp_path / "other", "4.3.9")
    jar = tmp_path / "neptune-spark-without.jar"
    with zipfile.ZipFile(found("jar")[1].split()[0]) as ours, zipfile.ZipFile(jar, "w") as without:
        for name in ours.namelist():
            if name != LINKAGE_RECORD:
                without.writestr(name, ours.read(name))
    words = ("jar", "--quick", "--spark-home", str(spark), "--conf", f"spark.jars={jar}")
    status, text = found(*words)
    assert (status, "is for Spark 4.3.0, but this is 4.3.9" in text) == ("FAILED", True)
    with zipfile.ZipFile(jar, "a") as archive:
        archive.writestr(LINKAGE_RECORD, "")
    assert found(*words)[0] == "ok"


def test_a_package_that_is_named(found: Found) -> None:
    packages = "spark.jars.packages=org:neptune-spark-{}_2.13:{}"
    fits = found("jar", "--conf", packages.format("4.3", __version__))
    assert fits == ("ok", f"org:neptune-spark-4.3_2.13:{__version__} in spark.jars.packages")
    status, text = found("jar", "--conf", packages.format("4.2", __version__))
    assert (status, "is for Spark 4.2" in text) == ("FAILED", True)
