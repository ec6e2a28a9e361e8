"""A real Thrift server with Neptune, and clients of several users."""

from __future__ import annotations

import json
import os
import re
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from pyhive import hive
from pyhive.exc import OperationalError

from tests.conftest import started_program
from tests.integration.jobs import PATIENCE_S, eventually, in_background
from tests.integration.test_niceness import OF_LOW, OURS

KEY = "spark.neptune.priority"
LOW, NORMAL, HIGH = -10, 0, 10
PORT = r"Starting ThriftBinaryCLIService on port (\d+)"
UI = r"Successfully started service 'SparkUI' on port (\d+)"


class ThriftServer:
    def __init__(self, pid: int, port: int, ui_port: int, log: Path) -> None:
        self._pid = pid
        self._port = port
        self._ui = f"http://127.0.0.1:{ui_port}/neptune"
        self._log = log

    def run(self, user: str, *statements: str, **settings: str) -> list[tuple[Any, ...]]:
        """The last one's rows; they run in a session of the user's, which is over then."""
        connection = hive.connect(
            "127.0.0.1", self._port, username=user, auth="NOSASL", configuration=settings
        )
        with closing(connection), closing(connection.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def levels(self, description: str) -> set[int | None]:
        """Those of the stages of the jobs that are so described."""
        stages = [
            stage
            for job in self._rows("jobs")
            if job["description"] == description
            for stage in job["stage_ids"]
        ]
        return {row["priority"] for row in self._rows("stages") if row["stage_id"] in stages}

    def nice_threads(self) -> int:
        """How many of its threads are nicer than we are."""
        server = psutil.Process(self._pid)
        found = 0
        for process in (server, *server.children(recursive=True)):
            # Programs of its tasks come and go.
            with suppress(psutil.NoSuchProcess):
                if process.name() == "java":
                    for thread in process.threads():
                        with suppress(ProcessLookupError):
                            found += os.getpriority(os.PRIO_PROCESS, thread.id) > OURS
        return found

    def said(self) -> str:
        return self._log.read_text()

    def _rows(self, page: str) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self._ui}/{page}/json/", timeout=60) as answer:
            found: list[dict[str, Any]] = json.load(answer)[page]["rows"]
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThriftServer]:
    directory = tmp_path_factory.mktemp("thrift")
    pools = directory / "pools.xml"
    pools.write_text('<allocations><pool name="etl"/></allocations>')
    settings = {
        "spark.ui.port": "0",
        "spark.sql.warehouse.dir": str(directory / "warehouse"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:memory:store;create=true",
        "spark.neptune.user.anna.priority": "low",
        "spark.neptune.user.bert.maxPriority": "normal",
        "spark.neptune.maxPriority": "8",
        "spark.neptune.pool.etl.priority": "3",
        "spark.neptune.pool.elt.priority": "low",
        "spark.neptune.pool.elt.maxCores": "1",
        "spark.neptune.user.emil.maxCores": "1",
        "spark.scheduler.mode": "FAIR",
        "spark.scheduler.allocation.file": pools.as_uri(),
    }
    own = {
        "hive.server2.thrift.port": "0",
        "hive.server2.thrift.bind.host": "127.0.0.1",
        "hive.server2.authentication": "NOSASL",
    }
    log = directory / "log"
    log.touch()
    words = [
        *("bash", "-c", 'exec "$@" > log 2>&1', "server"),
        *(str(Path(sys.executable).with_name("neptune-spark")), "submit", "--master", "local[2]"),
        *(f"--conf={key}={value}" for key, value in settings.items()),
        *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "spark-internal"),
        *(word for key, value in own.items() for word in ("--hiveconf", f"{key}={value}")),
    ]
    with started_program(words, cwd=directory) as process:

        def port(pattern: str) -> int:
            eventually(
                lambda: re.search(pattern, log.read_text()) or process.poll() is not None,
                "the Thrift server did not start",
            )
            found = re.search(pattern, log.read_text())
            assert found is not None, log.read_text()
            return int(found[1])

        yield ThriftServer(process.pid, port(PORT), port(UI), log)
        process.terminate()


@pytest.mark.parametrize(
    ("user", "statements", "settings", "level"),
    [
        ("anna", [], {}, LOW),
        ("anna", [f"SET {KEY}=2"], {}, 2),
        ("bert", [], {}, NORMAL),
        ("carl", [], {KEY: "7"}, 7),
        ("carl", ["SET spark.sql.thriftserver.scheduler.pool=etl"], {}, 3),
    ],
)
def test_a_job_has_the_priority_of_its_session_its_pool_or_its_user(
    server: ThriftServer,
    request: pytest.FixtureRequest,
    user: str,
    statements: list[str],
    settings: dict[str, str],
    level: int,
) -> None:
    query = f"SELECT '{request.node.callspec.id}' AS ran, count(*) AS n FROM range(10)"
    in_session = {f"set:hiveconf:{key}": value for key, value in settings.items()}
    server.run(user, *statements, query, **in_session)
    eventually(lambda: server.levels(query) == {level}, f"not all stages have the priority {level}")


@pytest.mark.parametrize(
    ("user", "limit", "setting"),
    [
        ("bert", NORMAL, "spark.neptune.user.bert.maxPriority"),
        ("dora", 8, "spark.neptune.maxPriority"),
    ],
)
def test_a_user_gets_no_more_than_the_user_may_have(
    server: ThriftServer, user: str, limit: int, setting: str
) -> None:
    query = f"SELECT '{user}' AS asks_for_more, count(*) AS n FROM range(10)"
    server.run(user, f"SET {KEY}=high", query)
    eventually(lambda: server.levels(query) == {limit}, f"not all stages have the priority {limit}")
    sentence = (
        f"the user {user} ask for the priority {HIGH}, but run at {limit}, the most that "
        f"{setting} allows."
    )
    assert server.said().count(sentence) == 1


def test_a_wrong_priority_is_refused_at_set(server: ThriftServer) -> None:
    with pytest.raises(OperationalError, match="It must be low, normal, high or a 32-bit integer"):
        server.run("anna", f"SET {KEY}=urgent")


def test_what_is_for_a_pool_that_there_is_not_is_told_of(server: ThriftServer) -> None:
    for what in ("priority", "maxCores"):
        sentence = f".pool.elt.{what} names a pool that spark.scheduler.allocation.file does not"
        assert sentence in server.said()
    assert "spark.neptune.pool.etl.priority names" not in server.said()


def held(gate: Path) -> str:
    """A query of two tasks, which last until there is a file."""
    wait = f"while ! [ -e {gate} ]; do sleep 0.01; done; cat"
    return f"SELECT TRANSFORM(id) USING 'bash -c \"{wait}\"' AS id FROM range(0, 2, 1, 2)"


def test_its_low_tasks_are_nice(server: ThriftServer, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    result = in_background(lambda: server.run("anna", held(gate)))
    expected = 2 if OF_LOW > OURS else 0
    eventually(lambda: server.nice_threads() >= expected, "no thread is nice while low tasks run")
    gate.touch()
    assert sorted(result.result(PATIENCE_S)) == [("0",), ("1",)]
    eventually(lambda: not server.nice_threads(), "threads stayed nice")


def test_a_user_has_no_more_cores_than_a_limit_allows(server: ThriftServer, tmp_path: Path) -> None:
    gates = {user: tmp_path / user for user in ("emil", "carl")}

    def stages() -> list[int]:
        """Those of the live tasks; no core is needed to see them."""
        return [stage for (stage,) in server.run("anna", "SELECT stage_id FROM neptune_tasks()")]

    emils = in_background(lambda: server.run("emil", held(gates["emil"])))
    eventually(stages, "the query got no core")
    (emils_stage,) = stages()
    carls = in_background(lambda: server.run("carl", held(gates["carl"])))
    eventually(lambda: len(stages()) == 2, "the other query got no core")
    assert stages().count(emils_stage) == 1
    for gate in gates.values():
        gate.touch()
    for result in (emils, carls):
        assert sorted(result.result(PATIENCE_S)) == [("0",), ("1",)]


def test_users_act_on_their_own_jobs_only(server: ThriftServer, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    result = in_background(lambda: server.run("anna", held(gate)))
    seen = "SELECT task_id, manual FROM neptune_tasks()"
    eventually(lambda: len(server.run("carl", seen)) == 2, "the query got no cores")
    first, second = (task_id for task_id, _ in server.run("carl", seen))
    with pytest.raises(OperationalError, match=f"carl may not suspend task {first}, .* anna's"):
        server.run("carl", f"SELECT * FROM neptune_suspend({first})")
    with pytest.raises(OperationalError, match="carl may not set the policy"):
        server.run("carl", "SELECT * FROM neptune_set_policy('lb')")
    ((_, _, manual),) = server.run("anna", f"SELECT * FROM neptune_suspend({first})")
    assert manual
    assert server.run("carl", seen) == [(first, True), (second, False)]
    server.run("anna", f"SELECT * FROM neptune_resume({first})")
    gate.touch()
    assert sorted(result.result(PATIENCE_S)) == [("0",), ("1",)]
