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
from greenlet import getcurrent
from pyspark.taskcontext import TaskContext

from neptune_spark.worker.daemon import CANCELLED_EXIT_CODE, under_hub
from neptune_spark.worker.errors import TaskCancelled
from tests.unit.worker.fake_executor import PATIENCE_S, ROOT


@pytest.fixture(autouse=True)
def unwrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TaskContext, "_setTaskContext", TaskContext.__dict__["_setTaskContext"])


def test_each_call_is_a_task_under_the_hub() -> None:
    here = getcurrent()

    def worker(code: int) -> int:
        assert getcurrent().parent is here
        return code

    wrapped = under_hub(worker)
    assert [wrapped(code) for code in (0, 0, 3)] == [0, 0, 3]
    assert wrapped.__name__ == "worker"


def test_a_worker_whose_task_was_cancelled_is_not_used_again() -> None:
    def worker() -> int:
        raise TaskCancelled

    assert under_hub(worker)() == CANCELLED_EXIT_CODE != 0


def test_no_hub_is_made_before_the_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr("neptune_spark.worker.daemon.Hub", lambda: made.append(1))
    under_hub(lambda: 0)
    assert made == []


@pytest.fixture
def daemon() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "neptune_spark.worker.daemon", "pyspark.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "PYTHON_WORKER_FACTORY_SECRET": "secret"}
        | {"SPARK_REUSE_WORKER": "1", "PYTHON_UNIX_DOMAIN_ENABLED": "false"},
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
