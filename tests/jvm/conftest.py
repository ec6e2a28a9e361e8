"""A JVM with the Neptune jar and Scala's library, and no Spark session."""

from __future__ import annotations

from collections.abc import Iterator

import py4j.java_gateway
import py4j.protocol
import pytest
from py4j.java_gateway import (
    CallbackServerParameters,
    GatewayParameters,
    JavaGateway,
    JVMView,
    launch_gateway,
)

from neptune_spark import find_jar
from neptune_spark._start.spark_install import find_spark


@pytest.fixture(autouse=True)
def plain_py4j_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """PySpark, once it has started a session, has all of py4j's errors looked up in its own JVM."""
    plain = py4j.protocol.get_return_value
    monkeypatch.setattr(py4j.java_gateway, "get_return_value", plain)


@pytest.fixture(scope="session")
def gateway() -> Iterator[JavaGateway]:
    jars = find_spark().jars
    port, token = launch_gateway(
        classpath=f"{find_jar()}:{jars}/*",
        jarpath=str(next(jars.glob("py4j-*.jar"))),
        die_on_exit=True,
        enable_auth=True,
    )
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token))
    yield gateway
    gateway.shutdown()


@pytest.fixture(scope="session")
def jvm(gateway: JavaGateway) -> JVMView:
    return gateway.jvm


@pytest.fixture(scope="session")
def callbacks(gateway: JavaGateway) -> JavaGateway:
    """The JVM may call objects of ours."""
    gateway.start_callback_server(
        CallbackServerParameters(port=0, daemonize=True, daemonize_connections=True)
    )
    server = gateway.java_gateway_server
    server.resetCallbackClient(
        server.getCallbackClient().getAddress(), gateway.get_callback_server().get_listening_port()
    )
    return gateway
