"""A server that fails shows its log, none is left, and one whose port was taken has another."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
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


@contextmanager
def web_server(directory: Path, port: int) -> Iterator[int]:
    command = [sys.executable, "-u", "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    log = directory / "server.log"
    with servers.running("a server", command, directory, lambda: "Serving" in log.read_text()):
        yield port


def test_a_server_has_other_ports_if_somebody_takes_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken, free = somebody.getsockname()[1], *servers.free_ports(1)
        offered = [[taken], [taken], [free]]
        monkeypatch.setattr(servers, "free_ports", lambda _: offered.pop(0))
        with servers.on_free_ports(1, lambda ports: web_server(tmp_path, *ports)) as port:
            assert (port, offered) == (free, [])
            assert servers.listening(free)
    assert not servers.listening(free)


def test_a_server_that_gets_no_port_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken = somebody.getsockname()[1]
        monkeypatch.setattr(servers, "free_ports", lambda _: [taken])
        with pytest.raises(servers.PortTaken, match=servers.TAKEN), servers.on_free_ports(
            1, lambda ports: web_server(tmp_path, *ports)
        ):
            pass


STARTER = """
import sys
from pathlib import Path
from neptune_bench.harness import servers
program = "import os; print(os.getpid(), flush=True); import time; time.sleep(600)"
log = Path(sys.argv[1]) / "server.log"
with servers.running(
    "a server", [sys.executable, "-c", program], Path(sys.argv[1]), lambda: log.read_text() != ""
):
    print(log.read_text(), flush=True)
    sys.stdin.read()
"""


def test_a_server_ends_with_its_starter_even_if_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        server = psutil.Process(int(process.stdout.readline()))
        assert os.sched_getaffinity(server.pid) == os.sched_getaffinity(0)
        process.kill()
        assert psutil.wait_procs([server], 60)[0] == [server]
