"""What Spark starts: the daemon whose workers run under a hub, speaking PySpark's own protocol."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pyspark import daemon as stock

from neptune_bench.mechanism.control import PATIENCE_S
from neptune_spark.worker.acknowledging import Acknowledgements
from neptune_spark.worker.daemon import preloading
from neptune_spark.worker.preload import Preloader
from tests.unit.worker.fake_executor import ROOT


class Prepared(Preloader):
    def prepare(self, first_task: object) -> None:
        """Nothing: there is no task to wait for."""


@pytest.mark.parametrize("reuse", [False, True])
def test_a_worker_takes_its_place_after_its_preparation(
    monkeypatch: pytest.MonkeyPatch, reuse: bool
) -> None:
    """In a worker that is used again; another runs its only task there and then."""
    before = {n: signal.getsignal(n) for n in (signal.SIGHUP, signal.SIGTERM, signal.SIGCHLD)}
    calls: list[bool] = []

    def worker(_sock: socket.socket, authenticated: bool) -> int:
        calls.append(authenticated)
        return 3

    told: list[socket.socket] = []

    class Recording(Acknowledgements):
        def are_at(self, connected: socket.socket) -> None:
            told.append(connected)

    prepares = preloading(worker, Prepared(), Recording())
    monkeypatch.setattr(stock, "worker", prepares)
    monkeypatch.delenv("SPARK_REUSE_WORKER", raising=False)
    if reuse:
        monkeypatch.setenv("SPARK_REUSE_WORKER", "1")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            code = prepares(ours, True)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    assert told == [ours]
    assert (code, calls) == ((0, []) if reuse else (3, [True]))
    assert (stock.worker is worker) is reuse


@pytest.fixture
def daemon() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "neptune_spark.worker.daemon", "pyspark.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHON_WORKER_FACTORY_SECRET": "secret",
            "SPARK_REUSE_WORKER": "1",
            "PYTHON_UNIX_DOMAIN_ENABLED": "false",
        },
    )
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


def connect(port: int, secret: bytes) -> tuple[socket.socket, int, bytes]:
    """Ask for a worker; return the connection to it, its process id, and how it was received."""
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    connection.sendall(struct.pack(">i", len(secret)) + secret)
    answer = b""
    while len(answer) < 8 or len(answer) < 8 + struct.unpack(">i", answer[4:8])[0]:
        data = connection.recv(100)
        assert data
        answer += data
    return connection, struct.unpack(">i", answer[:4])[0], answer[8:]


def test_the_daemon_forks_workers_and_ends_with_its_input(
    daemon: subprocess.Popen[bytes],
) -> None:
    assert daemon.stdout is not None and daemon.stdin is not None
    port = struct.unpack(">i", daemon.stdout.read(4))[0]
    first, first_pid, first_word = connect(port, b"secret")
    second, second_pid, second_word = connect(port, b"wrong")
    assert (first_word, second_word) == (b"ok", b"err")
    assert len({daemon.pid, first_pid, second_pid}) == 3
    with second:
        # The stock worker ends here; it reports the code 1 by not being used again.
        assert second.recv(100) == b""
    with first:
        os.kill(first_pid, signal.SIGKILL)
        assert first.recv(100) == b""
    daemon.stdin.close()
    daemon.wait(PATIENCE_S)  # the stock daemon's exit code says nothing: it is always 1
