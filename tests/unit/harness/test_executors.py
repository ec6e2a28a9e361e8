"""The processor time of an application, as far as its executors are on this machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from neptune_bench.harness.executors import Executors, Used

ADDRESS = {"spark.driver.host": "127.0.0.1", "spark.driver.port": "4711"}
EXECUTOR = """
import sys
print("ready", flush=True)
sys.stdin.read()
"""


def session(is_local: bool, executors: int) -> Any:
    """A session that knows its driver and so many executors."""
    memory = SimpleNamespace(size=lambda: 1 + executors)
    context = SimpleNamespace(isLocal=lambda: is_local, getExecutorMemoryStatus=lambda: memory)
    return SimpleNamespace(
        sparkContext=SimpleNamespace(
            _jsc=SimpleNamespace(sc=lambda: context), getConf=lambda: ADDRESS
        )
    )


@pytest.fixture
def executor() -> Iterator[None]:
    """A process that looks like an executor of that driver."""
    url = "--driver-url=spark://CoarseGrainedScheduler@127.0.0.1:4711"
    with subprocess.Popen(
        [sys.executable, "-c", EXECUTOR, "CoarseGrainedExecutorBackend", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.stdin.close()


@pytest.mark.usefixtures("executor")
def test_the_time_of_executors_is_theirs() -> None:
    # Below this process they count as its own, as those of local-cluster do.
    used = Executors(session(False, 1)).used()
    assert used.executors == used.driver and used.driver > 0


@pytest.mark.usefixtures("executor")
def test_nobody_knows_the_time_of_executors_elsewhere() -> None:
    used = Executors(session(False, 2)).used()
    assert used.executors is None and used.driver > 0


def test_a_local_session_has_one_process() -> None:
    used = Executors(session(True, 0)).used()
    assert used.executors == used.driver


def test_time_since() -> None:
    before = Used(1.0, 2.0)
    assert Used(4.0, 8.0).since(before) == Used(3.0, 6.0)
    assert Used(None, 8.0).since(before) == Used(4.0, 8.0).since(Used(None, 2.0)) == Used(None, 6.0)
