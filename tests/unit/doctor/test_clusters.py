"""What is said of YARN and of Kubernetes before a session tries them."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.unit.doctor.conftest import Examine, Found


@pytest.fixture(autouse=True)
def no_hadoop(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_a_yarn_that_nobody_has_told_of(examine: Examine) -> None:
    code, report = examine("--master", "yarn")
    assert code == 1
    status, text = report["master"]
    assert status == "FAILED"
    assert "neither HADOOP_CONF_DIR nor YARN_CONF_DIR is set" in text
    assert report["session"] == ("skipped", "(needs master)")


@pytest.mark.parametrize("name", ["HADOOP_CONF_DIR", "YARN_CONF_DIR"])
def test_a_configuration_of_yarn(found: Found, spark: Path, tmp_path: Path, name: str) -> None:
    # As on many clusters, only this script knows it.
    (spark / "conf" / "spark-env.sh").write_text(f"export {name}={tmp_path}\n")
    status, text = found("master", "--master", "yarn")
    assert status == "note"
    assert f"there is no yarn-site.xml in {name}={tmp_path}" in text
    (tmp_path / "yarn-site.xml").touch()
    assert found("master", "--master", "yarn") == ("ok", f"yarn, by {name}={tmp_path}")


def test_a_kubernetes_that_can_be_reached(found: Found) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for scheme in ("", "http://", "https://"):
            url = f"k8s://{scheme}127.0.0.1:{port}"
            said = f"{url}: 127.0.0.1:{port} can be reached"
            assert found("master", "--master", url) == ("ok", said)


@pytest.mark.parametrize("address", ["https://127.0.0.1:1", "https://127.0.0.1:x", "https://[::1"])
def test_a_kubernetes_that_can_not(found: Found, address: str) -> None:
    """There may be a proxy, of which only the session knows."""
    status, text = found("master", "--master", f"k8s://{address}")
    assert (status, f"nothing can be reached at {address}" in text) == ("note", True)


@pytest.mark.parametrize("python", ["/only/on/the/nodes/python", "./environment/bin/python"])
def test_the_python_of_the_nodes_is_left_to_them(
    examine: Examine, spark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: str
) -> None:
    monkeypatch.setenv("HADOOP_CONF_DIR", str(tmp_path))
    (tmp_path / "yarn-site.xml").touch()
    monkeypatch.setenv("PYSPARK_PYTHON", python)
    code, report = examine("--master", "yarn")
    assert code == 0
    status, text = report["workers' Python"]
    assert (status, text.startswith(f"{python} (by PYSPARK_PYTHON)")) == ("ok", True)
    assert report["session"][0] == report["signals"][0] == "ok"
    assert f"spark.pyspark.python={python}" in (spark / "words").read_text()
