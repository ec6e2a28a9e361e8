"""A JVM with the Neptune jar and Scala's library, and no Spark session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

from neptune_spark import find_jar
from neptune_spark._start.spark_install import find_spark


@contextmanager
def plain_jvm(*class_path: Path) -> Iterator[JavaGateway]:
    """Start one, and end it; with these in the place of the jar, if there are any."""
    jars = find_spark().jars
    ours = os.pathsep.join(map(str, class_path or [find_jar()]))
    port, token = launch_gateway(
        classpath=f"{ours}:{jars}/*",
        jarpath=str(next(jars.glob("py4j-*.jar"))),
        die_on_exit=True,
        enable_auth=True,
    )
    gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token))
    yield gateway
    gateway.shutdown()
