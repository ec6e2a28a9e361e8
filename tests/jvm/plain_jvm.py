"""A JVM with the Neptune jar and Scala's library, and no Spark session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

from neptune_spark import find_jar
from neptune_spark._start.spark_install import find_spark


@contextmanager
def plain_jvm() -> Iterator[JavaGateway]:
    """Start one, and end it."""
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
