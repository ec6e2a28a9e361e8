"""What is missing is said in a sentence; a server that fails shows its log, and none is left."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness import maven, servers
from harness.program import BenchmarkError
from ysb import jars, services


def test_no_redis_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(
        BenchmarkError, match="apt-get install redis-server"
    ), services.running_redis(tmp_path):
        pass


def test_no_python_package() -> None:
    with pytest.raises(BenchmarkError, match=r"--kafka needs .* -m pip install not-there"):
        services.require("no_such_module", "not-there", "--kafka")


def test_no_maven_central(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def failed(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "no route to host")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(maven, "java", lambda: "java")
    monkeypatch.setattr(subprocess, "run", failed)
    with pytest.raises(BenchmarkError, match=r"(?s)Maven Central: connect .*no route to host"):
        jars.broker()
    assert not (tmp_path / "neptune-spark" / "benchmarks" / f"kafka-{jars.KAFKA}").exists()


def test_a_server_that_fails_shows_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('the port is taken')"]
    with pytest.raises(
        BenchmarkError, match=r"(?s)Kafka did not start.*the port is taken"
    ), servers.running("Kafka", command, tmp_path, lambda: False):
        pass


def test_a_server_is_stopped_whatever_happens(tmp_path: Path) -> None:
    (port,) = servers.free_ports(1)
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]

    def ready() -> bool:
        return servers.listening(port)

    with pytest.raises(RuntimeError, match="of the benchmark"), servers.running(
        "a server", command, tmp_path, ready
    ):
        raise RuntimeError("a failure of the benchmark")
    assert not servers.listening(port)
