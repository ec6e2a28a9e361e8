"""The jar: ready, to be built, or impossible."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    assert "does not compile" in text
    # One line of what may be hundreds.
    assert "error:" not in text
    assert "`neptune-spark jar` prints all that the compiler said" in text


def test_jars_of_ours_that_are_named(found: Found, spark: Path, tmp_path: Path) -> None:
    jar = found("jar")[1].split()[0]
    other = found("jar", "--spark-home", str(make_spark(tmp_path / "other", "4.3.1")))[1]
    for fits in (jar, f"file://{jar}", f"/some/other.jar, {jar}"):
        assert found("jar", "--quick", "--conf", f"spark.jars={fits}") == ("ok", jar)
    missing = tmp_path / "neptune-spark-0.0.1.jar"
    for wrong, said in (
        (other.split()[0], "was built for another Spark"),
        (missing, "is not there"),
    ):
        (spark / "conf" / "spark-defaults.conf").write_text(f"spark.jars {wrong}\n")
        status, text = found("jar", "--quick")
        assert (status, said in text, str(wrong) in text) == ("FAILED", True, True)
