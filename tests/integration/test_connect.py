"""Neptune on a real Spark Connect server, and as its clients see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

from tests.integration.connect import Client, ConnectServer, client
from tests.integration.jobs import PATIENCE_S, eventually

pytestmark = pytest.mark.since_spark("4.0", "a Spark Connect server among PySpark's jars")


@pytest.fixture(scope="module")
def first(server: ConnectServer) -> Iterator[Client]:
    with client(server) as made:
        yield made


def session() -> SparkSession:
    """That of the client which the function runs in."""
    found = SparkSession.getActiveSession()
    assert found is not None
    return found


def lasting(gate: str, tags: tuple[str, ...] = ()) -> int:
    """A query of one task, which lasts until there is a file."""
    spark = session()

    @udf("long")
    def wait(number):  # type: ignore[no-untyped-def]  # PySpark warns of hints that are strings
        import os
        import time

        while not os.path.exists(gate):
            time.sleep(0.01)
        return number

    for tag in tags:
        spark.addTag(tag)
    try:
        return int(spark.range(0, 1, 1, 1).select(wait("id")).collect()[0][0])
    finally:
        for tag in tags:
            spark.removeTag(tag)


def test_a_client_says_a_priority_by_a_tag(
    server: ConnectServer, first: Client, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    result = first.start(lasting, str(gate), ("neptune.priority=5", "report"))
    eventually(lambda: server.levels() == {5: (1, 0)}, "the tag has no effect")
    gate.touch()
    assert result.result(PATIENCE_S) == 0
    eventually(lambda: not server.levels(), "a task was left behind")
