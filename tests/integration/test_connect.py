"""Neptune on a real Spark Connect server, and as its clients see it."""

from __future__ import annotations

import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.integration import connect_calls as calls
from tests.integration.connect import Client, ConnectServer, client, connect_server
from tests.integration.jobs import PATIENCE_S, eventually, seen

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
    first.call(calls.set_conf, KEY, ways.get("session"))
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
        for call in ([calls.set_conf, KEY, bad], [calls.sql, f"SET {KEY}={bad}"]):
            said = first.call(calls.tried, *call)
            assert bad in said
            assert "low, normal, high or a 32-bit" in said
    said = first.call(calls.tried, calls.set_conf, "spark.neptune.policy", "lb")
    assert "spark.neptune.policy" in said


def test_python_tasks_of_a_server_are_suspended_within_c_calls(
    server: ConnectServer, first: Client, tmp_path: Path
) -> None:
    """For which it has a process controller, though it is no Python program."""
    busy = first.start(calls.run_busy, str(tmp_path / "low"))
    with client(server) as second:
        eventually(lambda: server.levels() == {LOW: (2, 0)}, "the busy tasks got no cores")
        gate = tmp_path / "gate"
        urgent = second.start(calls.run_held, str(gate), ("high",))
        eventually(lambda: server.levels().get(HIGH) == (1, 0), "the urgent task got no core")
        eventually(lambda: stopped(server), "no process was stopped")
        gate.touch()
        assert urgent.result(PATIENCE_S) == 1
    (tmp_path / "low").touch()
    busy.result(PATIENCE_S)


def stopped(server: ConnectServer) -> list[psutil.Process]:
    """Processes of the server's that stand still."""
    return list(filter(stands_still, psutil.Process(server.pid).children(recursive=True)))


def stands_still(process: psutil.Process) -> bool:
    return seen(lambda: [process.status()]) == [psutil.STATUS_STOPPED]


def test_a_server_without_the_package_says_what_its_python_lacks(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    env = {"PYSPARK_PYTHON": str(python), "PYTHONPATH": ""}
    with connect_server(tmp_path, env=env) as bare, client(bare) as made:
        assert made.call(calls.sql, "SELECT count(*) FROM range(10)") == [(10,)]
        gate = tmp_path / "gate"
        gate.touch()
        said = made.call(calls.tried, calls.run_held, str(gate))
    assert f"Neptune can't run Python tasks: {python}" in said
    assert "pip install neptune-spark" in said
