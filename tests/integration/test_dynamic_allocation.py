"""Spark asks for executors while tasks are suspended or killed for others, and gives them back; and
for none that limits leave without tasks."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import pytest

from tests.conftest import RunProgram
from tests.integration.growth import ANSWERS, KILL, ONE_TASK, SETTINGS, TRACKING, TWO_AT_FIRST
from tests.integration.jobs import QUICK_EXECUTORS
from tests.integration.plain_answers import answers_in
from tests.integration.standalone import Daemon

pytestmark = pytest.mark.slow

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]
SUBMIT = [sys.executable, "-m", "neptune_spark.cli", "submit"]

SERVICE = {"spark.shuffle.service.enabled": "true"}

Run = Callable[..., "dict[str, Any]"]
Cluster = Tuple[str, Dict[str, str]]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(TRACKING, id="tracking"),
        pytest.param(SERVICE, id="service", marks=pytest.mark.beyond_ci),
    ],
)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """A master whose worker has two cores, and what applications have to set.

    What becomes of the shuffle data of executors that end is Spark's own way to follow them, or
    the worker's external shuffle service.
    """
    directory = tmp_path_factory.mktemp("growing")
    shuffle = dict(request.param)
    if shuffle == SERVICE:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            shuffle["spark.shuffle.service.port"] = str(free.getsockname()[1])
    properties = directory / "worker.conf"
    properties.write_text("".join(f"{key} {value}\n" for key, value in shuffle.items()))
    with ExitStack() as daemons:
        master = Daemon(directory, "master", "Master", "--port", "0", "--webui-port", "0")
        daemons.callback(master.kill)
        url = master.waits_for(r"Starting Spark master at (spark://\S+)")
        words = ["--cores", "2", "--memory", "2g", "--work-dir", str(directory / "work")]
        words += ["--properties-file", str(properties), "--webui-port", "0", url]
        worker = Daemon(directory, "worker", "Worker", *words)
        daemons.callback(worker.kill)
        worker.waits_for(r"Successfully (registered) with master")
        yield url, shuffle


@pytest.fixture
def run(cluster: Cluster, run_program: RunProgram, tmp_path: Path) -> Run:
    """Runs a scenario of growing.py."""

    def run_scenario(name: str, more: dict[str, str] | None = None) -> dict[str, Any]:
        url, shuffle = cluster
        settings = {**dict([QUICK_EXECUTORS]), **SETTINGS, **shuffle, **(more or {})}
        settings["spark.ui.enabled"] = "false"
        confs = [word for pair in settings.items() for word in ("--conf", "=".join(pair))]
        ran = run_program(
            [*SUBMIT, "--master", url, *confs, APPS / "growing.py", name, tmp_path],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
        )
        return answers_in(ran.stdout)

    return run_scenario


def test_an_executor_comes_for_suspended_tasks_and_goes_when_they_run(run: Run) -> None:
    assert run("suspended") == ANSWERS["suspended"]


def test_an_executor_comes_for_killed_tasks(run: Run) -> None:
    assert run("killed", KILL) == ANSWERS["killed"]


def test_executors_come_for_as_many_tasks_as_a_limit_allows(run: Run) -> None:
    assert run("limited", ONE_TASK) == ANSWERS["limited"]


def test_an_executor_with_a_suspended_task_is_not_idle(run: Run) -> None:
    assert run("idle", TWO_AT_FIRST) == ANSWERS["idle"]
