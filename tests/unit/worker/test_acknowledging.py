"""The second piece of what an executor sends does not wait for a delayed acknowledgement."""

from __future__ import annotations

import socket
import statistics
import sys
import threading
import time

import pytest

from neptune_spark.worker.acknowledging import Acknowledgements

TASKS = 12
TASK, MARK, ANSWER = b"t" * 3000, b"mark", b"answer"


def serve(executor: socket.socket) -> None:
    """Send what Spark sends to a worker, task by task, and read its answers."""
    for _ in range(TASKS):
        executor.sendall(TASK)
        executor.sendall(MARK)
        assert executor.recv(len(ANSWER), socket.MSG_WAITALL) == ANSWER


def waits_s(acknowledges: bool) -> list[float]:
    """Return how long after its beginning each task's mark came."""
    found = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        worker = socket.create_connection(server.getsockname())
        executor, _ = server.accept()
    with worker, executor:
        thread = threading.Thread(target=serve, args=(executor,))
        thread.start()
        acknowledgements = Acknowledgements()
        acknowledgements.are_at(worker)
        for _ in range(TASKS):
            assert worker.recv(len(TASK), socket.MSG_WAITALL) == TASK
            began = time.monotonic()
            if acknowledges:
                acknowledgements.acknowledge()
            assert worker.recv(len(MARK), socket.MSG_WAITALL) == MARK
            found.append(time.monotonic() - began)
            worker.sendall(ANSWER)
        thread.join()
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="of Linux's TCP")
def test_a_mark_comes_sooner_if_its_task_is_acknowledged() -> None:
    assert 4 * statistics.median(waits_s(True)) < statistics.median(waits_s(False))


def test_other_connections_are_left_alone() -> None:
    """Unix sockets, before there is any connection, and one that is closed."""
    acknowledgements = Acknowledgements()
    acknowledgements.acknowledge()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        acknowledgements.are_at(ours)
        assert acknowledgements._socket is None
    with socket.create_server(("127.0.0.1", 0)) as server:
        acknowledgements.are_at(server)
    acknowledgements.acknowledge()
