"""A stream beside a batch on a cluster whose network delays, loses and stops what it carries."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunProgram
from tests.integration.jobs import QUICK_EXECUTORS
from tests.integration.plain_answers import answers_in
from tests.integration.standalone import Place, standalone
from tests.networks.links import DRIVER, WORKERS
from tests.networks.nodes import Nodes, clock, nodes

pytestmark = pytest.mark.slow

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).parents[2]
SUBMIT = [sys.executable, "-m", "neptune_spark.cli", "submit"]
SETTINGS = {
    **dict([QUICK_EXECUTORS]),
    "spark.ui.enabled": "false",
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.host": DRIVER,
    "spark.neptune.metricsInterval": "200ms",
}
#: An executor is given up 15 to 16 s after its last sign of life; all else that Spark asks for has
#: its usual time, as at the start of everything on a busy machine.
IMPATIENT = {
    "spark.executor.heartbeatInterval": "500ms",
    "spark.network.timeout": "15s",
    "spark.network.timeoutInterval": "1s",
    "spark.rpc.askTimeout": "120s",
    "spark.rpc.lookupTimeout": "120s",
}
MINUTES_S = 60


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Nodes]:
    with nodes(tmp_path) as made:
        yield made


class Cluster:
    """A cluster on the nodes, and applications whose driver is on the first of them."""

    def __init__(self, run_program: RunProgram, places: Nodes, directory: Path) -> None:
        self._run_program = run_program
        self._places = places
        self._directory = directory

    def answers(
        self, app: str, *words: str, settings: Mapping[str, str], clocks_s: tuple[int, ...] = (0, 0)
    ) -> dict[str, Any]:
        workers = [
            self._places.on(address, clock(self._directory, offset) if offset else {})
            for address, offset in zip(WORKERS, clocks_s)
        ]
        driver = self._places.on(DRIVER)
        with standalone(self._directory, master=driver, workers=workers, cores=2) as master:
            return self._submitted(driver, master, {**SETTINGS, **settings}, app, words)

    def _submitted(
        self,
        driver: Place,
        master: str,
        settings: Mapping[str, str],
        app: str,
        words: tuple[str, ...],
    ) -> dict[str, Any]:
        confs = [word for pair in settings.items() for word in ("--conf", "=".join(pair))]
        submitted = [*driver.before, *SUBMIT, "--master", master, *confs, APPS / app]
        ran = self._run_program(
            [*submitted, self._directory, self._directory / "wire", *words],
            cwd=self._directory,
            env={"PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": DRIVER},
        )
        return answers_in(ran.stdout)


@pytest.fixture
def cluster(run_program: RunProgram, places: Nodes, tmp_path: Path) -> Cluster:
    return Cluster(run_program, places, tmp_path)


@pytest.mark.beyond_ci
@pytest.mark.parametrize(("delay_s", "rounds"), [(0.02, 1), (0.2, 3)], ids=["near", "far"])
def test_workers_that_lose_packets_and_whose_clocks_differ(
    cluster: Cluster, delay_s: float, rounds: int
) -> None:
    answers = cluster.answers(
        "far.py",
        *(str(delay_s), str(rounds)),
        settings={},
        clocks_s=(5 * MINUTES_S, -5 * MINUTES_S),
    )
    print(answers)  # the figures of docs/networks.md
    assert answers.pop("lost packets") > 0
    assert answers.pop("suspensions") > 0
    # Nobody was taken to wait for a suspended task who waited for the network.
    assert answers.pop("rescues") == 0
    # What is measured on the executors does not have the minutes between their clocks.
    assert answers.pop("seconds") < MINUTES_S
    times_s = [answers.pop(kind) for kind in ("python_s", "sql_s", "stream_s")]
    alone_s, beside_s = (sum(map(sum, part)) for part in zip(*times_s))
    if rounds > 1:  # else a single packet that is lost tips the scales
        # A round trip more for each stage, of some ten.
        assert beside_s < 4 * alone_s
    assert answers == {
        "high jobs took place meanwhile": True,
        "streams are right": [True, True],
        "python batch": [[0, 0], [1, 0]],
        "JVM batch is right": True,
        "starts": [0, 1],
        "cores lent": 0,
    }


@pytest.mark.parametrize("how", ["cut", pytest.param("stop", marks=pytest.mark.beyond_ci)])
def test_an_executor_out_of_reach(cluster: Cluster, how: str) -> None:
    answers = cluster.answers("lost.py", how, settings=IMPATIENT)
    low, high = [[[n, 0] for n in range(tasks)] for tasks in (4, 2)]
    assert answers["out of reach"] == {
        "asked meanwhile": ["suspending"],
        # Only those of the other executor, until the answers are there.
        "lent meanwhile": 2,
        "lent then": 4,
        "answers": [low, low],
        "starts": [[0, 1, 2, 3], [0, 1, 2, 3]],
        "lent in the end": 0,
        "the same executors": True,
    }
    assert answers["lost"] == {
        "suspended on it": True,
        "low job had ended, is suspended": [False, True],
        "answers": [high, low, low],
        "run again": True,
        "lent": [0, 0],
    }
