"""A server that fails shows its log, and none is left."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from neptune_bench.harness import servers
from neptune_bench.harness.program import BenchmarkError


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
