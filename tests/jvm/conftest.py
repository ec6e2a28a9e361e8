"""One plain JVM for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import py4j.java_gateway
import py4j.protocol
import pytest
from py4j.java_gateway import CallbackServerParameters, JavaGateway, JVMView

from tests.jvm.plain_jvm import plain_jvm


@pytest.fixture(autouse=True)
def plain_py4j_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """PySpark, once it has started a session, has all of py4j's errors looked up in its own JVM."""
    plain = py4j.protocol.get_return_value
    monkeypatch.setattr(py4j.java_gateway, "get_return_value", plain)


@pytest.fixture(scope="session")
def gateway() -> Iterator[JavaGateway]:
    with plain_jvm() as gateway:
        yield gateway


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
