"""How a worker without a daemon connects to its executor."""

from __future__ import annotations

import gc
import os
import socket
import struct
import threading

import pytest

from neptune_spark.worker.main import connection

SECRET = b"a secret"


def test_it_waits_for_its_executor_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """PySpark's own time-out would fail a task that is suspended while it waits for a record."""
    told: list[bytes] = []

    def accept() -> None:
        with server.accept()[0] as executor, executor.makefile("rwb") as stream:
            told.append(stream.read(4 + len(SECRET)))
            stream.write(struct.pack(">i", 2) + b"ok")
            stream.flush()
            told.append(stream.read(4))

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("PYTHON_WORKER_FACTORY_PORT", str(server.getsockname()[1]))
        monkeypatch.setenv("PYTHON_WORKER_FACTORY_SECRET", SECRET.decode())
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        with connection():
            (ours,) = (
                found
                for found in gc.get_objects()
                if isinstance(found, socket.socket) and _peer(found) == server.getsockname()
            )
            timeout_s = ours.gettimeout()
            ours.close()
        accepting.join()
    assert timeout_s is None
    assert told[1] == struct.pack(">i", os.getpid())


def _peer(connected: socket.socket) -> object:
    try:
        return connected.getpeername()
    except OSError:
        return None
