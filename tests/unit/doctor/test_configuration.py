"""Settings, masters and local directories."""

from __future__ import annotations

import importlib
import os
import socket
from pathlib import Path

import pytest

from neptune_spark._doctor.configuration import on_one_core
from tests.unit.doctor.conftest import Examine, Found


def test_settings_in_spark_defaults(found: Found, spark: Path) -> None:
    defaults = spark / "conf" / "spark-defaults.conf"
    defaults.write_text("spark.neptune.policy lb\nspark.neptune.polcy lb\nspark.app.name x\n")
    status, text = found("settings", "--conf", "spark.neptune.niceness=lots")
    assert status == "FAILED"
    # All that are wrong, and where.
    assert "did you mean 'spark.neptune.policy'?" in text
    assert "spark.neptune.niceness cannot be 'lots'" in text
    assert str(defaults) in text
    defaults.write_text("spark.neptune.policy lb\n")
    assert found("settings") == (
        "ok",
        f"1 of Neptune's set, all valid ({defaults})",
    )


def test_a_policy_in_python_is_made(found: Found) -> None:
    policy = "spark.neptune.policy=python:neptune_spark.policies:"
    assert found("settings", "--conf", policy + "NewestFirst")[0] == "ok"
    status, text = found("settings", "--conf", policy + "Missing")
    assert (status, "has no class Missing" in text) == ("FAILED", True)


def test_a_policy_whose_module_may_lie_beside_the_application(
    examine: Examine, found: Found, spark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = "spark.neptune.policy=python:made_up_beside:Mine"
    code, report = examine("--conf", setting)
    assert code == 0
    status, text = report["settings"]
    assert status == "note"
    assert "its module made_up_beside is not on the Python path here" in text
    assert "the application's folder and --py-files" in text
    # The session does not find it either, and is to show the rest.
    assert report["session"][0] == "ok"
    words = (spark / "words").read_text().splitlines()
    policies = [word for word in words if word.startswith("spark.neptune.policy=")]
    assert policies == [setting, "spark.neptune.policy=lma"]
    # It is found, but wrong.
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "made_up_beside.py").write_text("import made_up_nowhere\n")
    status, text = found("settings", "--conf", setting)
    assert (status, "No module named 'made_up_nowhere'" in text) == ("FAILED", True)
    (tmp_path / "made_up_beside.py").write_text("class Mine: pass\n")
    importlib.invalidate_caches()
    status, text = found("settings", "--conf", setting)
    assert (status, "Mine does not extend" in text) == ("FAILED", True)


@pytest.mark.parametrize(
    "master", ["local", "local[2]", "local[*]", "local[2,3]", "local-cluster[2,1,1024]"]
)
def test_masters_without_an_address(found: Found, master: str) -> None:
    assert found("master", "--master", master) == ("ok", master)


@pytest.mark.parametrize("master", ["local[x]", "mesos://host:1", "yarn-client", ""])
def test_masters_that_are_not_supported(found: Found, master: str) -> None:
    status, text = found("master", "--master", master or "spark")
    assert status == "FAILED"
    assert "spark://" in text and "local-cluster[...]" in text


def test_a_standalone_master(examine: Examine, found: Found) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        # The first one has failed over to the second.
        url = f"spark://127.0.0.1:1,127.0.0.1:{port}"
        assert found("master", "--master", url) == ("ok", f"{url}: 127.0.0.1:{port} can be reached")
    code, report = examine("--master", f"spark://127.0.0.1:{port}")
    assert code == 1
    status, text = report["master"]
    assert status == "FAILED"
    assert f"127.0.0.1:{port}" in text and "Start the master" in text
    assert report["session"] == ("skipped", "(needs master)")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "nowhere.invalid:7077", ""]
)
def test_a_wrong_address(found: Found, address: str) -> None:
    assert found("master", "--master", f"spark://{address}")[0] == "FAILED"


def test_who_names_the_master(found: Found, spark: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("master")[1] == "local[*]"
    monkeypatch.setenv("MASTER", "local[3]")
    assert found("master")[1] == "local[3]"
    (spark / "conf" / "spark-defaults.conf").write_text("spark.master local[4]\n")
    assert found("master")[1] == "local[4]"
    assert found("master", "--master", "local[5]")[1] == "local[5]"


def test_connect_is_refused(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://host")
    status, text = found("master")
    assert (status, "Spark Connect client" in text) == ("FAILED", True)


@pytest.mark.parametrize(
    ("master", "small"),
    [
        ("local", "local[1]"),
        ("local[*, 4]", "local[1]"),
        ("local-cluster[2, 3, 2048]", "local-cluster[1,1,2048]"),
        ("spark://a:1", "spark://a:1"),
    ],
)
def test_the_session_takes_one_core(master: str, small: str) -> None:
    assert on_one_core(master) == small


def test_local_directories_that_cannot_be_written_to(
    examine: Examine, found: Found, spark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    code, report = examine("--conf", f"spark.local.dir={file}/a,{file}/b")
    assert code == 1
    status, text = report["local storage"]
    assert status == "FAILED"
    assert f"{file}/a cannot be written to" in text and f"{file}/b" in text
    assert "Set spark.local.dir" in text
    assert report["session"] == ("skipped", "(needs local storage)")
    # Spark makes do with one; spark-env.sh comes before the property.
    (spark / "conf" / "spark-env.sh").write_text(f"export SPARK_LOCAL_DIRS={file}/a,{tmp_path}\n")
    assert found("local storage", "--conf", f"spark.local.dir={file}")[0] == "note"


def test_temporary_folders_that_cannot_be_written_to(
    found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", f"-Xmx1g -Djava.io.tmpdir={file}/java")
    status, text = found("local storage")
    assert (status, f"temporary folder, {file}/java cannot be" in text) == ("FAILED", True)
    assert "-Djava.io.tmpdir=DIRECTORY" in text and "TMPDIR=DIRECTORY" not in text
    # The driver's own options come after those.
    named = f"spark.driver.extraJavaOptions=-Djava.io.tmpdir={tmp_path}"
    assert found("local storage", "--conf", named)[0] == "ok"

    def find_none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", find_none)
    status, text = found("local storage", "--conf", named)
    assert (status, "export TMPDIR=DIRECTORY" in text) == ("FAILED", True)


def test_a_local_directory_that_is_not_there_yet(found: Found, tmp_path: Path) -> None:
    new = tmp_path / "new" / "dir"
    status, text = found("local storage", "--conf", f"spark.local.dir={new}")
    assert (status, text.startswith(f"{new} (")) == ("ok", True)
    assert not new.parent.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_spark_defaults_that_cannot_be_read(found: Found, spark: Path) -> None:
    defaults = spark / "conf" / "spark-defaults.conf"
    defaults.touch(mode=0)
    status, text = found("settings")
    assert (status, f"{defaults} cannot be read" in text) == ("FAILED", True)
