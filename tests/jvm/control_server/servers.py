"""An executor's control servers, as the tests here have them."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable
from urllib.parse import urlsplit

import psutil
import pytest
from py4j.java_gateway import (
    JavaGateway,
)

from neptune_spark.worker.channel import Channel
from neptune_spark.worker.messages import Report
from tests.jvm.functions import Function, Timer

TASK = 7
PID = 4711
LIMIT_S = 60


def eventually(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


class Executor:
    """A JVM of its own, whose file descriptors may be taken, and what it says."""

    def __init__(self, gateway: JavaGateway, process: psutil.Process, log: Path) -> None:
        self.gateway = gateway
        self.process = process
        self.jvm: Any = gateway.jvm
        self._log = log
        self.python: Any = self.jvm.org.apache.spark.neptune.python

    def said(self, words: str) -> int:
        return self._log.read_text().count(words)

    def paths(self, files: list[Path]) -> Any:
        java = self.jvm.java.util.ArrayList()
        for file in files:
            java.add(self.jvm.java.io.File(str(file)).toPath())
        return self.jvm.scala.collection.JavaConverters.asScalaBuffer(java).toIndexedSeq()


class Server:
    """A control server, whose workers' tasks all have one gate.

    Parameters
    ----------
    executor
        Where it runs.
    socket
        Either what it serves, or why there is nothing.
    """

    def __init__(self, executor: Executor, socket: Any) -> None:
        self._executor = executor
        self.process = executor.process
        self.protocol: Any = executor.jvm.neptune.protocol
        neptune = executor.jvm.org.apache.spark.neptune
        self.told: list[Any] = []
        self.channels: list[Any] = []
        self.fails = False
        # What is due never comes.
        self._timer = Timer()
        self._turns = Function(2, lambda worker, priority: True)
        setattr(self._turns, "apply$mcZJI$sp", self._turns.apply)
        self.gate: Any = neptune.executor.TaskGate(
            TASK, Function(1, self.told.append), self._timer, self._timer
        )
        self.clock = Timer()
        started = neptune.python.ControlServer.start(socket, self.clock, Function(1, self._connect))
        self.it: Any = started.get() if started.isDefined() else None

    @property
    def address(self) -> str:
        return str(self.it.address())

    @property
    def path(self) -> Path:
        return Path(self.address)

    @property
    def workers(self) -> int:
        return int(self.it.workers().size())

    def _connect(self, channel: Any) -> Any:
        self.channels.append(channel)
        jvm = self._executor.jvm
        some_gate = jvm.scala.Some(self.gate)
        python = jvm.org.apache.spark.neptune.python
        return python.WorkerConnection(
            channel,
            Function(1, lambda task: 1 / 0 if self.fails else some_gate),
            self._turns,
            jvm.scala.Option.empty(),
            jvm.neptune.protocol.Bounds(1000, 1000),
            self._timer,
        )

    @contextlib.contextmanager
    def worker(self) -> Iterator[Channel]:
        """A worker that runs the task."""
        channel = Channel.open(self.address)
        try:
            channel.send(Report.BEGIN, TASK, 0)
            yield channel
        finally:
            channel.close()

    def stranger(self, says: bytes = b"") -> socket.socket:
        """One that knows no token."""
        place = urlsplit(self.address)
        assert place.hostname is not None
        connection = socket.create_connection((place.hostname, place.port or 0))
        connection.sendall(says)
        return connection


Serve = Callable[[Any], Server]
Start = Callable[..., Server]

has_unix_sockets = pytest.mark.since_spark("4.0", "a Java with Unix sockets")
