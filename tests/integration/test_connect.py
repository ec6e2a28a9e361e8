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


@pytest.mark.smoke
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


@pytest.mark.smoke
@pytest.mark.parametrize("in_function", [False, True])
def test_a_clients_stream_comes_before_another_clients_batch(
    server: ConnectServer, first: Client, tmp_path: Path, in_function: bool
) -> None:
    batch_gate, stream_gate = tmp_path / "batch", tmp_path / "stream"
    with client(server) as second:
        batch = second.start(calls.run_held, str(batch_gate), (), (), 2)
        eventually(lambda: server.levels() == {NORMAL: (2, 0)}, "the batch got no cores")
        checkpoint = str(tmp_path / "checkpoint")
        query = first.call(calls.start_stream, str(stream_gate), checkpoint, in_function)

        def stream_has_bypassed() -> bool:
            levels = server.levels()
            return HIGH in levels and levels[NORMAL][1] > 0

        eventually(stream_has_bypassed, "the stream got no core of the batch's")
        stream_gate.touch()
        eventually(lambda: first.call(calls.batches_of, query) > 2, "the stream does not go on")
        assert not batch.done()
        first.call(calls.stop_stream, query)
        eventually(lambda: server.levels() == {NORMAL: (2, 0)}, "the batch got no core back")
        batch_gate.touch()
        assert batch.result(PATIENCE_S) == 2


@pytest.mark.parametrize("way", ["killed", "tag", pytest.param("all", marks=pytest.mark.beyond_ci)])
def test_a_suspended_batch_that_nobody_wants_any_more_goes(
    server: ConnectServer, tmp_path: Path, way: str
) -> None:
    gate, urgent_gate = tmp_path / "gate", tmp_path / "urgent"
    with client(server) as owner, client(server) as other:
        batch = (calls.run_held, str(gate), ("low",), ("nightly",), 2)
        owner.call(calls.begin, "batch", *batch)
        eventually(lambda: server.levels() == {LOW: (2, 0)}, "the batch got no cores")
        urgent = other.start(calls.run_held, str(urgent_gate))
        shared = {LOW: (1, 1), NORMAL: (1, 0)}
        eventually(lambda: server.levels() == shared, "the batch was not suspended")
        if way == "killed":
            owner.kill()
        else:
            assert owner.call(calls.interrupt, "nightly" if way == "tag" else None) == 1
            assert "CANCELED" in owner.call(calls.outcome, "batch")
        eventually(lambda: server.levels() == {NORMAL: (1, 0)}, "the batch is still there")
        urgent_gate.touch()
        assert urgent.result(PATIENCE_S) == 1
        # Both cores are back.
        whole = other.start(calls.run_held, str(gate), (), (), 2)
        eventually(lambda: server.levels() == {NORMAL: (2, 0)}, "a core is missing")
        gate.touch()
        assert whole.result(PATIENCE_S) == 2
