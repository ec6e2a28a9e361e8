"""Where the executor's control socket is made, and that no connection is lost unnoticed."""

from __future__ import annotations

import fcntl
import resource
import socket
import struct
import termios
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest
from py4j.java_gateway import (
    CallbackServerParameters,
    GatewayParameters,
    JavaGateway,
    launch_gateway,
)

from neptune_spark import find_jar
from neptune_spark._start.spark_install import find_spark
from neptune_spark.worker.messages import PROTOCOL_VERSION, Report, encode
from tests.jvm.functions import Function, Timer

TASK = 7
PID = 4711
LIMIT_S = 20


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
        return self.jvm.scala.jdk.javaapi.CollectionConverters.asScala(java).toIndexedSeq()


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    jars = find_spark().jars
    log = tmp_path_factory.mktemp("log") / "stderr"
    with pytest.MonkeyPatch.context() as patch, log.open("w") as stderr:
        patch.setenv("LC_ALL", "C.UTF-8")
        port, token, process = launch_gateway(
            classpath=f"{find_jar()}:{jars}/*",
            jarpath=str(next(jars.glob("py4j-*.jar"))),
            die_on_exit=True,
            enable_auth=True,
            redirect_stderr=stderr,
            return_proc=True,
        )
        gateway = JavaGateway(
            gateway_parameters=GatewayParameters(port=port, auth_token=token),
            callback_server_parameters=CallbackServerParameters(
                port=0, daemonize=True, daemonize_connections=True
            ),
        )
        server = gateway.java_gateway_server
        server.resetCallbackClient(
            server.getCallbackClient().getAddress(),
            gateway.get_callback_server().get_listening_port(),
        )
        yield Executor(gateway, psutil.Process(process.pid), log)
        gateway.shutdown()
        process.stdin.close()
        process.wait(LIMIT_S)


class Server:
    """A control server, whose workers' tasks all have one gate."""

    def __init__(self, executor: Executor, parents: list[Path], sweep: list[Path]) -> None:
        self._executor = executor
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
        started = neptune.python.ControlServer.startIn(
            executor.paths(parents),
            executor.paths(sweep),
            getattr(getattr(neptune.time, "SystemTime$"), "MODULE$"),
            Function(1, self._connect),
        )
        self.problem: str | None = None if started.isRight() else started.left().get()
        self.it: Any = started.toOption().get() if started.isRight() else None

    @property
    def path(self) -> Path:
        return Path(self.it.path())

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

    def worker(self) -> socket.socket:
        """A worker that runs the task."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.connect(str(self.path))
        connection.sendall(encode(Report.HELLO, PID, PROTOCOL_VERSION))
        connection.sendall(encode(Report.BEGIN, TASK, 0))
        return connection


@pytest.fixture
def start(executor: Executor) -> Iterator[Callable[..., Server]]:
    servers = []

    def started(parents: list[Path], sweep: list[Path] | None = None) -> Server:
        servers.append(Server(executor, parents, sweep or []))
        return servers[-1]

    yield started
    for server in servers:
        if server.it is not None:
            server.it.stop()
            assert not server.path.parent.exists()


@pytest.mark.parametrize("name", ["x" * 100, "目录" * 16], ids=["characters", "bytes"])
def test_a_long_path_is_passed_over(
    start: Callable[..., Server], tmp_path: Path, name: str
) -> None:
    long = tmp_path / name
    short = Path("/tmp")
    long.mkdir()
    server = start([long, tmp_path / "not there", short])
    assert server.path.parents[1] == short
    assert server.path.parent.stat().st_mode & 0o777 == 0o700
    assert not list(long.iterdir())
    with server.worker():
        eventually(lambda: server.workers == 1, "the worker is not connected")


def test_there_may_be_no_place_for_a_socket(start: Callable[..., Server], tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    server = start([tmp_path / "not there", long])
    assert server.it is None
    assert server.problem is not None and str(long) in server.problem
    assert not list(long.iterdir())


def test_paths_in_ascii_are_preferred(executor: Executor) -> None:
    """Java and Python may encode others differently."""
    found = executor.python.SocketDirectory.candidates(executor.paths([Path("/目"), Path("/a")]))
    names = [found.apply(i).toString() for i in range(found.size())]
    assert names[0] == "/a" and names[-1] == "/目" and {"/tmp", "/dev/shm"} <= set(names)


def test_what_dead_executors_have_left_is_swept(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    shared = tmp_path / "shared"
    dead, alive, strange = (shared / f"neptune-ctl-{name}" for name in ("dead", "alive", "strange"))
    for directory in (dead, alive, strange):
        directory.mkdir(parents=True)
        directory.chmod(0o755 if directory == strange else 0o700)
        (directory / "lock").touch()
        (directory / "control.sock").touch()
    with (alive / "lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        first = start([Path("/tmp")], [shared, Path("/tmp")])
        eventually(lambda: not dead.exists(), "a dead executor's directory is still there")
        # Another one of this process does not sweep the first one, nor give up its lock.
        second = start([Path("/tmp")], [Path("/tmp")])
        with second.worker():
            eventually(lambda: second.workers == 1, "the worker is not connected")
        assert alive.exists() and strange.exists() and first.path.exists()
        with (first.path.parent / "lock").open("w") as taken, pytest.raises(BlockingIOError):
            fcntl.lockf(taken, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unread(connection: socket.socket) -> int:
    """How many bytes the other side has yet to read."""
    (size,) = struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))
    return int(size)


def test_a_connection_that_another_thread_closes_is_told_of(start: Callable[..., Server]) -> None:
    server = start([Path("/tmp")])
    with server.worker() as worker:
        server.gate.receive(server.protocol.Suspend(TASK, 1, -1))
        worker.sendall(encode(Report.SUSPENDED, TASK, 1))
        eventually(lambda: _unread(worker) == 0 and server.workers == 1, "nobody reads")
        server.channels[0].close()
        eventually(lambda: server.workers == 0, "the closed connection is still kept")
        # The gate must not wait for the answer of a worker that is lost.
        server.gate.receive(server.protocol.Resume(TASK, 2))
        assert [message.productPrefix() for message in server.told] == ["Resumed"]


def test_an_exception_of_one_worker_leaves_the_others(start: Callable[..., Server]) -> None:
    server = start([Path("/tmp")])
    with server.worker() as odd:
        eventually(lambda: server.workers == 1, "the worker is not connected")
        server.fails = True
        odd.sendall(encode(Report.BEGIN, TASK, 0))
        eventually(lambda: server.workers == 0, "the worker's connection is still kept")
        server.fails = False
        with server.worker():
            eventually(lambda: server.workers == 1, "nobody is served any more")


def test_too_few_file_descriptors_are_waited_for(
    executor: Executor, start: Callable[..., Server]
) -> None:
    server = start([Path("/tmp")])
    warning = "a Python worker could not be connected"
    usual = resource.prlimit(executor.process.pid, resource.RLIMIT_NOFILE)
    with server.worker():
        eventually(lambda: server.workers == 1, "the worker is not connected")
        taken = {int(p.name) for p in Path(f"/proc/{executor.process.pid}/fd").iterdir()}
        none_left = next(n for n in count() if n not in taken)
        resource.prlimit(executor.process.pid, resource.RLIMIT_NOFILE, (none_left, usual[1]))
        try:
            with server.worker():
                eventually(lambda: executor.said(warning) > 0, "nobody says what is lacking")
                for _ in range(1000):  # calls of the JVM, in which it could say so again
                    assert server.workers == 1
                assert executor.said(warning) == 1
                resource.prlimit(executor.process.pid, resource.RLIMIT_NOFILE, usual)
                eventually(lambda: server.workers >= 2, "the worker is not connected later")
        finally:
            resource.prlimit(executor.process.pid, resource.RLIMIT_NOFILE, usual)
