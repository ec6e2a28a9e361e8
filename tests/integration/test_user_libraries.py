"""Whatever libraries a Python task uses, it cannot tell that it is suspended again and again.

A table: each function of `user_code` in each way in which Spark starts and keeps Python workers.
"""

from __future__ import annotations

import json
import math
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunProgram
from tests.integration.user_code import TASKS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "user_libraries.py"
PARTITIONS = [list(range(start, start + 4)) for start in range(0, 16, 4)]

# What `interpreter.work` makes of `range(30_000)`, and how many lines it has.
WORK, LINES = 22115, 3 + 3 * 30_000


def for_each(answer: Callable[[int], list[Any]]) -> Callable[[list[int]], list[Any]]:
    return lambda numbers: [part for number in numbers for part in answer(number)]


def counts(**events: int) -> list[Any]:
    return [WORK, *([["work", event], count] for event, count in sorted(events.items()))]


# What comes of the records of a partition.
ANSWERS: dict[str, Callable[[list[int]], list[Any]]] = {
    "patched_gevent": lambda numbers: [True, *(n + 10 for n in numbers), "word\n"],
    "gevent_threadpool": lambda numbers: [numbers, True],
    "eventlet_pool": lambda numbers: [True, *numbers],
    "patched_eventlet": for_each(lambda n: [n + 10]),
    "loop_of_asyncio": lambda numbers: [*numbers, "word\n"],
    "loop_of_uvloop": lambda numbers: [*numbers, "word\n"],
    "on_three_loops": for_each(lambda n: [[n, n]]),
    "traced": for_each(lambda _: counts(call=1, line=LINES, **{"return": 1})),
    "profiled": for_each(lambda _: counts(call=1, c_call=30_000, c_return=30_000, **{"return": 1})),
    "alarms": for_each(lambda n: [[[n, True, False]], "time is up"]),
    "handlers": lambda numbers: [*numbers, *numbers, []],
    "blocked": for_each(lambda n: [[n, [signal.SIGUSR1]], signal.SIGUSR1]),
    "threads": lambda numbers: [*numbers, sum(numbers)],
    "sections": for_each(lambda n: [2 * n]),
    "forks": for_each(lambda n: [[n, 7]]),
    "forked_pool": for_each(lambda n: [2 * n]),
    "spawned_pool": lambda numbers: [*map(math.factorial, numbers)] if not numbers[0] else numbers,
    "programs": for_each(lambda n: ["1\n"] if n % 4 else ["333333\n", "1\n"]),
    "semaphore": for_each(lambda _: [0]),
    "fifo": for_each(lambda _: [True]),
    "calls": for_each(lambda n: [[0, 0], [1, n]]),
    "sleeps": for_each(lambda n: [[n, True]]),
}


@pytest.fixture
def run(run_program: RunProgram, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    def run_app(*words: str) -> dict[str, Any]:
        ran = run_program(
            [sys.executable, APP, *words],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
        )
        found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
        return found

    return run_app


@pytest.mark.parametrize(
    "workers",
    [
        "reuse",
        pytest.param("no_reuse", marks=pytest.mark.beyond_ci),
        pytest.param("no_daemon", marks=pytest.mark.beyond_ci),
    ],
)
def test_a_task_cannot_tell(run: Callable[..., dict[str, Any]], workers: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        # How deep a recursion goes depends on what Spark itself has on the stack.
        stock = pool.submit(run, "stock", workers, "recursion")
        found = run("chaos", workers)
    expected = {name: [*map(answer, PARTITIONS)] for name, answer in ANSWERS.items()}
    (stock_depth,) = {depth for part in stock.result()["answers"]["recursion"] for depth in part}
    # To wait is a call, and Python 3.11 has none left where a recursion ends.
    spared = 1 if sys.version_info < (3, 12) else 0
    depths = {depth for part in found["answers"].pop("recursion") for depth in part}
    assert depths <= {stock_depth, stock_depth - spared}
    assert {*expected, "recursion"} == {name for tasks in TASKS.values() for name in tasks}
    assert found["answers"] == expected
    suspensions = found["suspensions"]
    assert min(suspensions.values()) > 1, suspensions
    assert sum(suspensions.values()) > 100, suspensions
