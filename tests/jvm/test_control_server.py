"""Where the executor's control socket is made, whom it lets in, and that no connection is lost."""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import socket
import struct
import termios
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Callable
from urllib.parse import urlsplit

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
from neptune_spark.worker.channel import Channel
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


@pytest.fixture
def serve(executor: Executor) -> Iterator[Serve]:
    """Serves a socket, or says why there is none."""
    servers = []

    def served(socket: Any) -> Server:
        servers.append(Server(executor, socket))
        return servers[-1]

    yield served
    for server in servers:
        if server.it is not None:
            server.it.stop()
            with pytest.raises(OSError):
                Channel.open(server.address)


@pytest.fixture
def start(executor: Executor, serve: Serve) -> Iterator[Start]:
    """Serves a Unix socket in one of some directories."""
    servers = []

    def started(parents: list[Path], sweep: list[Path] | None = None) -> Server:
        unix = executor.python.UnixSocket
        servers.append(serve(unix.openIn(executor.paths(parents), executor.paths(sweep or []))))
        return servers[-1]

    yield started
    for server in servers:
        if server.it is not None:
            server.it.stop()
            assert not server.path.parent.exists()


@pytest.fixture
def loopback(executor: Executor, serve: Serve) -> Server:
    """Serves a port of the loopback interface."""
    return serve(executor.python.LoopbackSocket.open())


has_unix_sockets = pytest.mark.since_spark("4.0", "a Java with Unix sockets")


@pytest.fixture(params=[pytest.param("start", marks=has_unix_sockets), "loopback"])
def server(request: pytest.FixtureRequest) -> Server:
    """Serves either."""
    found = request.getfixturevalue(request.param)
    return found if isinstance(found, Server) else found([Path("/tmp")])


@has_unix_sockets
@pytest.mark.parametrize("name", ["x" * 100, "目录" * 16], ids=["characters", "bytes"])
def test_a_long_path_is_passed_over(start: Start, tmp_path: Path, name: str) -> None:
    long = tmp_path / name
    short = Path("/tmp")
    long.mkdir()
    server = start([long, tmp_path / "not there", short])
    assert server.path.parents[1] == short
    assert server.path.parent.stat().st_mode & 0o777 == 0o700
    assert not list(long.iterdir())
    with server.worker():
        eventually(lambda: server.workers == 1, "the worker is not connected")


@has_unix_sockets
def test_there_may_be_no_place_for_a_socket(
    executor: Executor, start: Start, tmp_path: Path
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    server = start([tmp_path / "not there", long])
    assert server.it is None
    eventually(lambda: executor.said(f"; {long}: ") == 1, "nobody says where there is none")
    assert not list(long.iterdir())


@has_unix_sockets
def test_paths_in_ascii_are_preferred(executor: Executor) -> None:
    """Java and Python may encode others differently."""
    found = executor.python.SocketDirectory.candidates(executor.paths([Path("/目"), Path("/a")]))
    names = [found.apply(i).toString() for i in range(found.size())]
    assert names[0] == "/a" and names[-1] == "/目" and {"/tmp", "/dev/shm"} <= set(names)


@has_unix_sockets
def test_what_dead_executors_have_left_is_swept(start: Start, tmp_path: Path) -> None:
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
    warning = "a Python worker could not be connected"
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


def is_dropped(stranger: socket.socket) -> bool:
    """Wait for the end of a stranger's connection."""
    stranger.settimeout(LIMIT_S)
    # An end at which something was left unread is a reset.
    with contextlib.suppress(ConnectionResetError):
        assert stranger.recv(1) == b""
    return True


HELLO = encode(Report.HELLO, PID, PROTOCOL_VERSION)
BEGIN = encode(Report.BEGIN, TASK, 0)


@pytest.mark.parametrize(
    "says",
    [b"0" * 64 + HELLO + BEGIN, b"GET / HTTP/1.1\r\n" * 100, bytes(range(256)) * 1000],
    ids=["wrong", "http", "garbage"],
)
def test_a_stranger_is_dropped_at_once(executor: Executor, loopback: Server, says: bytes) -> None:
    with loopback.worker():
        eventually(lambda: loopback.workers == 1, "the worker is not connected")
        before = executor.said("refused a control connection")
        for _ in range(3):
            with loopback.stranger() as stranger:
                # It may be dropped while it still talks.
                with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                    stranger.sendall(says)
                assert is_dropped(stranger)
        assert loopback.workers == 1 and not loopback.told
        assert executor.said("refused a control connection") == before + 1


@pytest.mark.parametrize("says", [b"", b"GET / HTTP/1.1", HELLO + BEGIN])
def test_a_stranger_that_says_too_little_is_dropped_later(loopback: Server, says: bytes) -> None:
    with loopback.stranger(says) as stranger:
        with loopback.worker():
            eventually(lambda: loopback.workers == 1, "the worker is not connected")
            loopback.clock.passes(4999)
            with loopback.stranger(says) as later:
                eventually(lambda: len(sockets_of(loopback)) == 3, "it is not accepted")
                loopback.clock.passes(1)
                assert is_dropped(stranger)
                assert loopback.workers == 1
                loopback.clock.passes(5000)
                assert is_dropped(later)
        eventually(lambda: loopback.workers == 0, "the worker is still connected")


def sockets_of(server: Server) -> list[Any]:
    """What has connected to the server, and is accepted."""
    port = urlsplit(server.address).port
    return [
        connection
        for connection in server.process.net_connections("tcp")
        if connection.laddr.port == port and connection.status == "ESTABLISHED"
    ]


def test_the_token_may_come_in_parts(loopback: Server) -> None:
    token = (urlsplit(loopback.address).username or "").encode()
    with loopback.stranger(token[:20]) as slow, loopback.worker():
        eventually(lambda: loopback.workers == 1, "the worker is not connected")
        slow.sendall(token[20:] + HELLO + BEGIN)
        eventually(lambda: loopback.workers == 2, "the slow worker is not connected")


def test_strangers_that_go_leave_nothing(loopback: Server) -> None:
    for _ in range(100):
        loopback.stranger(b"what").close()
    with loopback.worker():
        eventually(lambda: loopback.workers == 1, "the worker is not connected")
        eventually(lambda: len(sockets_of(loopback)) == 1, "a stranger is still there")


def test_strangers_do_not_keep_workers_out(loopback: Server) -> None:
    with contextlib.ExitStack() as strangers:
        first = strangers.enter_context(loopback.stranger())
        for _ in range(64):
            strangers.enter_context(loopback.stranger())
        assert is_dropped(first)
        with loopback.worker():
            eventually(lambda: loopback.workers == 1, "the worker is not connected")
            # It was one of the newcomers, too, for a moment.
            assert len(sockets_of(loopback)) == 64


def test_no_two_executors_have_one_token(executor: Executor, serve: Serve) -> None:
    servers = [serve(executor.python.LoopbackSocket.open()) for _ in range(2)]
    tokens = {urlsplit(server.address).username for server in servers}
    assert len(tokens) == 2
    assert all(len(token or "") == 64 for token in tokens)
