"""Our modules take the place of the user's, and tell of them."""

from __future__ import annotations

import pytest
from py4j.java_gateway import JVMView

DAEMON = "neptune_spark.worker.daemon"
CHAINED = "neptune_spark.worker.chained."


@pytest.mark.parametrize(
    ("theirs", "name", "started"),
    [
        (None, "daemon", DAEMON),
        (DAEMON, "daemon", DAEMON),
        ("mine", "daemon", CHAINED + "daemon:mine"),
        ("my.own.module", "main", CHAINED + "main:my:own:module"),
        # What was set for one session's executor in a conf that another session began with.
        (CHAINED + "daemon:mine", "daemon", CHAINED + "daemon:mine"),
    ],
)
def test_in_place_of(jvm: JVMView, theirs: str | None, name: str, started: str) -> None:
    modules = jvm.org.apache.spark.neptune.python.PythonModules
    assert modules.inPlaceOf(jvm.scala.Option.apply(theirs), name) == started
