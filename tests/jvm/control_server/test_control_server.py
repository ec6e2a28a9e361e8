"""That no connection of a worker is lost, and none disturbs another, whatever the socket."""

from __future__ import annotations

import fcntl
import os
import resource
import socket
import struct
import termios
from itertools import count
from pathlib import Path

from neptune_spark.worker.channel import Channel
from neptune_spark.worker.messages import Report
from tests.jvm.control_server.servers import TASK, Executor, Server, eventually


def _unread(worker: Channel) -> int:
    """How many bytes the other side has yet to read."""
    with socket.socket(fileno=os.dup(worker.descriptor)) as connection:
        if connection.family == socket.AF_UNIX:
            (size,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
            return int(size)
        ours, its = connection.getsockname()[1], connection.getpeername()[1]
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, remote, _, queues, *_ = line.split()
            if (local[-4:], remote[-4:]) == (f"{its:04X}", f"{ours:04X}"):
                return int(queues.rpartition(":")[2], 16)
    raise AssertionError("the connection is over")


def test_a_connection_that_another_thread_closes_is_told_of(server: Server) -> None:
    with server.worker() as worker:
        server.gate.receive(server.protocol.Suspend(TASK, 1, -1))
        worker.send(Report.SUSPENDED, TASK, 1)
        eventually(lambda: _unread(worker) == 0 and server.workers == 1, "nobody reads")
        server.channels[0].close()
        eventually(lambda: server.workers == 0, "the closed connection is still kept")
        # The gate must not wait for the answer of a worker that is lost.
        server.gate.receive(server.protocol.Resume(TASK, 2))
        assert [message.productPrefix() for message in server.told] == ["Resumed"]


def test_an_exception_of_one_worker_leaves_the_others(server: Server) -> None:
    with server.worker() as odd:
        eventually(lambda: server.workers == 1, "the worker is not connected")
        server.fails = True
        odd.send(Report.BEGIN, TASK, 0)
        eventually(lambda: server.workers == 0, "the worker's connection is still kept")
        server.fails = False
        with server.worker():
            eventually(lambda: server.workers == 1, "nobody is served any more")


def test_too_few_file_descriptors_are_waited_for(executor: Executor, server: Server) -> None:
    warning = "could not connect to a Python worker"
    before = executor.said(warning)
    usual = resource.prlimit(executor.process.pid, resource.RLIMIT_NOFILE)
    with server.worker():
        eventually(lambda: server.workers == 1, "the worker is not connected")
        taken = {int(p.name) for p in Path(f"/proc/{executor.process.pid}/fd").iterdir()}
        none_left = next(n for n in count() if n not in taken)
        resource.prlimit(executor.process.pid, resource.RLIMIT_NOFILE, (none_left, usual[1]))
        try:
            with server.worker():
                eventually(lambda: executor.said(warning) > before, "nobody says what is lacking")
                for _ in range(1000):  # calls of the JVM, in which it could say so again
                    server.clock.passes(1000)
                    assert server.workers == 1
                assert executor.said(warning) == before + 1
                resource.prlimit(executor.process.pid, resource.RLIMIT_NOFILE, usual)
                server.clock.passes(1000)
                eventually(lambda: server.workers >= 2, "the worker is not connected later")
        finally:
            resource.prlimit(executor.process.pid, resource.RLIMIT_NOFILE, usual)
