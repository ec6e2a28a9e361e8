"""What suspended low tasks may hold, and a high job needs; with and without the guard."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from neptune_spark._start.compiler import classes_in, compile_scala, pack
from neptune_spark._start.spark_install import find_spark
from tests.conftest import RunProgram
from tests.integration.apps.inversion_parts import SCARCE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APPS = Path(__file__).parent / "apps"
Run = Callable[..., Dict[str, Dict[str, Any]]]

#: Both levels' answers, which are right only if nothing is computed wrongly or twice.
NUMBERS = sum(range(5000))
#: Numbers, and the length of one text for each of their keys.
REDUCED = sum(range(7600)) + 1900 * 10_000
PANDAS = ("pandas aggregate", "apply in pandas")
ANSWERS = {
    "memory and disk": (5000, NUMBERS),
    "disk": (5000, NUMBERS),
    "replicated": (5000, NUMBERS),
    "crossed": (2 * NUMBERS, 2 * NUMBERS),
    **{lock: (NUMBERS, NUMBERS) for lock in ("monitor", "lock", "permit", "pool")},
    "own time": (NUMBERS, 100),
    "long record": (NUMBERS, NUMBERS),
    "shuffle": (sum(range(840)), None),
    "aggregate": (sum(range(840)), None),
    # Of each number, the length of one text and three times that of another.
    "joining": (sum(range(370)) + 370 * 4 * 45_000, None),
    **{case: (sum(range(740)) + 740 * 45_000, None) for case in PANDAS},
    "hash join": (sum(range(740)) + 740 * 45_000, None),
    "hash joins": (sum(range(370)) + 370 * 45_000, sum(range(740)) + 740 * 45_000),
    "broadcast join": (sum(range(370)) + 370 * 45_000, None),
    "python shuffling": (REDUCED, None),
    "python reducing": (REDUCED, None),
}
#: A task that is late at its yield point may do what others wait for, on a slow machine.
IN_TIME = {"spark.neptune.suspendTimeout": "60s"}
#: The low tasks give so much back that they need not run; but on a slow machine they may.
SPILLED = ("sort", "shuffle", "joining")
#: What is just being used, or whose task waits for its Python worker, is not spilled.
KEPT = ("reading", "hash join", "python shuffling", *PANDAS)
#: No guard; what waits for a suspended task does so until that has been suspended for too long.
OFF = {"spark.neptune.rescueInterval": "0ms", "spark.neptune.maxSuspendedTime": "2s"}
CLUSTER = "local-cluster[2,1,1024]"
ON_CLUSTER = {
    **IN_TIME,
    "spark.memory.offHeap.enabled": "true",
    "spark.memory.offHeap.size": "20m",
    # It would have cached data computed by a job of two tasks, each perhaps on the other executor.
    "spark.sql.adaptive.enabled": "false",
}


@pytest.fixture(scope="module")
def jar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("inversion")
    classes = directory / "classes"
    problem = compile_scala(find_spark(), [APPS / "Inversion.scala"], classes)
    assert problem is None, problem
    pack(directory / "inversion.jar", classes_in(classes))
    return directory / "inversion.jar"


@pytest.fixture
def run(run_program: RunProgram, tmp_path: Path, jar: Path) -> Run:
    def run_cases(
        *cases: str, master: str = "local[2]", settings: dict[str, str] | None = None
    ) -> dict[str, dict[str, Any]]:
        words = [master, jar, tmp_path, json.dumps(settings or {}), *cases]
        ran = run_program(
            [sys.executable, APPS / "inversion.py", *words],
            cwd=tmp_path,
            # When a task holds how much is as it is in a JVM with all its compilers.
            env={"PYTHONPATH": str(ROOT), "SPARK_SUBMIT_OPTS": ""},
        )
        answers: dict[str, dict[str, Any]] = json.loads(ran.stdout.splitlines()[-1])
        for case, found in answers.items():
            print(case, f"{found['high_ms']} ms, helped after {found['helped_ms']} ms")
        assert_right(answers)
        return answers

    return run_cases


def assert_right(found: dict[str, dict[str, Any]]) -> None:
    for case, answers in found.items():
        low, high = ANSWERS.get(case, (answers["high"], None))
        assert answers["low"] == low, case
        assert high is None or answers["high"] == high, case


def assert_rescued(found: dict[str, dict[str, Any]], cases: Sequence[str], cause: str) -> None:
    for case in cases:
        assert found[case]["rescues"] >= 1, case
        assert "rescue" in found[case]["reasons"], case
        assert "bound" not in found[case]["reasons"], case
        assert cause in found[case]["causes"], case


def assert_spilled(found: dict[str, dict[str, Any]], cases: Sequence[str]) -> None:
    """They gave megabytes, and need not have come to their end for that."""
    for case in cases:
        assert found[case]["given_back"] > 1 << 20, case
        assert not found[case]["low_done"], case
        assert "bound" not in found[case]["reasons"], case


def assert_bound(found: dict[str, dict[str, Any]]) -> None:
    for case in found:
        assert "bound" in found[case]["reasons"], case
        assert found[case]["rescues"] == found[case]["given_back"] == 0, case


@pytest.mark.smoke
@pytest.mark.beyond_ci
def test_a_high_job_gets_memory_that_suspended_tasks_hold(run: Run) -> None:
    """A part of the next, for the lines where CI does not run that."""
    found = run("sort", "aggregate", settings=IN_TIME)
    assert_spilled(found, ("sort",))
    assert_rescued(found, ("aggregate",), "memory")


def test_a_high_job_gets_what_suspended_tasks_hold(run: Run) -> None:
    cached = ("memory and disk", "disk", "crossed")
    owned, others = ("monitor", "lock"), ("permit", "pool")
    # That of a broadcast stays behind, as the block that it is: the last one about memory.
    unneeded = ("python reducing", "broadcast join", "own time")
    cases = (*cached, *owned, *others, *SPILLED, "aggregate", *KEPT, "hash joins", *unneeded)
    found = run(*cases, settings=IN_TIME)
    assert_rescued(found, cached, "block")
    assert_rescued(found, owned, "lock")
    assert_rescued(found, others, "unknown")
    assert_rescued(found, ("aggregate", *KEPT, "hash joins"), "memory")
    assert SCARCE in found["hash joins"]["killed"]
    assert_spilled(found, SPILLED)
    # Its map is full, and grows no more before it has been spilled.
    assert not found["aggregate"]["low_done"]
    # A high job that waits for nobody, or nobody but itself, has nobody resumed.
    for case in unneeded:
        assert found[case]["rescues"] == found[case]["given_back"] == 0, case
        assert "bound" not in found[case]["reasons"], case
        assert not found[case]["low_done"], case


def test_tasks_that_reach_no_yield_point_keep_nobody_waiting(run: Run) -> None:
    found = run("long record")
    # They reached none in time, and stood still when they did.
    assert (found["long record"]["overdue"], found["long record"]["standing_at_first"]) == (2, 0)


@pytest.mark.beyond_ci
def test_without_the_guard_it_waits_until_they_have_been_suspended_for_too_long(run: Run) -> None:
    held = ("memory and disk", "disk", "crossed", "monitor", "lock", "permit", "pool")
    # The tasks that wait for what is KEPT have been seen to do so.
    cases = (*held, *SPILLED, "aggregate", *KEPT)
    assert_bound(run(*cases, settings={**IN_TIME, **OFF}))


@pytest.mark.beyond_ci
def test_on_executors_of_their_own_with_memory_off_the_heap(run: Run) -> None:
    found = run("replicated", "sort", master=CLUSTER, settings=ON_CLUSTER)
    assert_rescued(found, ("replicated",), "block")
    assert_spilled(found, ("sort",))


@pytest.mark.beyond_ci
def test_without_the_guard_it_waits_on_executors_of_their_own(run: Run) -> None:
    assert_bound(run("replicated", "sort", master=CLUSTER, settings={**ON_CLUSTER, **OFF}))
