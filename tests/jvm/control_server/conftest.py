"""Control servers in a JVM of their own."""

from __future__ import annotations

from collections.abc import Iterator
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
from neptune_spark.worker.channel import Channel
from tests.jvm.control_server.servers import (
    LIMIT_S,
    Executor,
    Serve,
    Server,
    Start,
    has_unix_sockets,
)


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


@pytest.fixture(params=[pytest.param("start", marks=has_unix_sockets), "loopback"])
def server(request: pytest.FixtureRequest) -> Server:
    """Serves either."""
    found = request.getfixturevalue(request.param)
    return found if isinstance(found, Server) else found([Path("/tmp")])
