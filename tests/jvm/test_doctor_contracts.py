"""What `neptune-spark doctor` says of masters and sockets is what the JVM does."""

from __future__ import annotations

import os
from typing import Any

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

from neptune_spark._doctor.checks import Failed
from neptune_spark._doctor.configuration import supported
from neptune_spark.controller import sockets

MASTERS = [
    *(
        "local",
        "local[2]",
        "local[*]",
        "local[ 2]",
        "local[2, 3]",
        "local[*,1]",
        "local[]",
        "Local",
    ),
    *("local[2,*]", "local[-1]", "local-cluster[2,1,1024]", "local-cluster[ 2 , 1 , 1024 ]"),
    *("local-cluster[2,1]", "local-cluster[*,1,1024]", "spark://host:7077", "spark://a:1,b:2"),
    *("yarn", "yarn-client", "k8s://https://host", "k8s://[::1]:1", "k8s:", "mesos://host:5050"),
    *("spark:/host:1", "", "x", "sc://host"),
]


@pytest.mark.parametrize("master", MASTERS)
def test_the_same_masters_are_supported(master: str, jvm: JVMView) -> None:
    try:
        supported(master)
    except Failed:
        accepted = False
    else:
        accepted = True
    assert _jvm_accepts(master, jvm) == accepted


def _jvm_accepts(master: str, jvm: JVMView) -> bool:
    masters: Any = getattr(jvm.org.apache.spark.neptune.driver.start, "MasterUrl$")
    try:
        return bool(getattr(masters, "MODULE$").parse(master).isDefined())
    except Py4JJavaError as e:
        assert e.java_exception.getClass().getSimpleName() == "SparkException"
        return False


@pytest.mark.since_spark("4.0", "a Java with Unix sockets")
@pytest.mark.parametrize(
    "local", [[], ["/data/one", "/data/two"], ["/tmp", "/目录", "/data"], ["/data/../other"]]
)
def test_sockets_are_made_in_the_same_places(local: list[str], jvm: JVMView) -> None:
    java: Any = jvm.java.util.ArrayList()
    for name in local:
        java.add(jvm.java.io.File(name).toPath())
    paths = jvm.scala.collection.JavaConverters.asScalaBuffer(java).toIndexedSeq()
    found = jvm.org.apache.spark.neptune.python.SocketDirectory.candidates(paths)
    # Java leaves the dots in, which makes no difference.
    places = [os.path.normpath(found.apply(i).toString()) for i in range(found.size())]
    assert list(dict.fromkeys(places)) == sockets.parents(local)
