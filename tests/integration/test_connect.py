"""Neptune on a real Spark Connect server, and as its clients see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration import connect_calls as calls
from tests.integration.connect import Client, ConnectServer, client
from tests.integration.jobs import PATIENCE_S, eventually

pytestmark = pytest.mark.since_spark("4.0", "a Spark Connect server among PySpark's jars")

KEY = "spark.neptune.priority"
LOW, NORMAL, HIGH = -10, 0, 10


@pytest.fixture(scope="module")
def first(server: ConnectServer) -> Iterator[Client]:
    with client(server) as made:
        yield made


@pytest.mark.parametrize(
    ("ways", "level"),
    [
        ({}, NORMAL),
        ({"session": "low"}, LOW),
        ({"session": "low", "tags": ("neptune.priority=5", "report")}, 5),
        ({"blocks": ("low",)}, LOW),
        ({"session": "high", "tags": ("neptune.priority=high",), "blocks": ("high", "low")}, LOW),
        ({"blocks": ("low", 7)}, 7),
    ],
)
def test_what_a_client_says_counts_as_in_a_classic_session(
    server: ConnectServer, first: Client, tmp_path: Path, ways: dict[str, Any], level: int
) -> None:
    assert first.call(calls.set_conf, KEY, ways.get("session")) == ""
    gate = tmp_path / "gate"
    blocks, tags = ways.get("blocks", ()), ways.get("tags", ())
    result = first.start(calls.run_held, str(gate), blocks, tags)
    eventually(server.levels, "the query got no core")
    levels = server.levels()
    gate.touch()
    assert result.result(PATIENCE_S) == 1
    assert levels == {level: (1, 0)}
    eventually(lambda: not server.levels(), "a task was left behind")


def test_a_client_is_told_at_once_what_it_cannot_set(first: Client) -> None:
    for bad in ("urgent", "2147483648"):
        for said in (
            first.call(calls.set_conf, KEY, bad),
            *first.call(calls.sql, f"SET {KEY}={bad}"),
        ):
            assert bad in said
            assert "low, normal, high or a 32-bit" in said
    assert "spark.neptune.policy" in first.call(calls.set_conf, "spark.neptune.policy", "lb")
