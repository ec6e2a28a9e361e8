"""The same jobs on stock Spark, with Neptune, and with every task suspended again and again."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunProgram
from tests.equivalence.differences import differences

ROOT = Path(__file__).parents[2]


@pytest.fixture
def suspensions(run_program: RunProgram, tmp_path: Path) -> Callable[..., list[int]]:
    """Runs the jobs in a mode and on stock Spark; how often tasks were suspended in each section,
    if all answers are the same."""

    def results_of(mode: str, sections: Sequence[str]) -> dict[str, Any]:
        directory = tmp_path / mode
        directory.mkdir()
        run_program(
            [sys.executable, "-m", "tests.equivalence.answers", mode, directory, *sections],
            cwd=directory,
            env={"PYTHONPATH": str(ROOT)},
        )
        found: dict[str, Any] = json.loads((directory / "answers.json").read_text())
        return found

    def compared(mode: str, *sections: str) -> list[int]:
        # An application leaves a core idle while it starts, plans and waits.
        with ThreadPoolExecutor(2) as pool:
            stock, other = pool.map(lambda each: results_of(each, sections), ("stock", mode))
        one, two = ({k: v["answers"] for k, v in found.items()} for found in (stock, other))
        assert differences(one, two) == []
        return [section["suspensions"] for section in other.values()]

    return compared


@pytest.mark.slow
@pytest.mark.smoke
@pytest.mark.beyond_ci
def test_answers_of_functions_are_equal_while_tasks_are_suspended(
    suspensions: Callable[..., list[int]],
) -> None:
    """A part of the next, for the lines where CI does not run that."""
    assert min(suspensions("chaos", "functions", "streams")) > 10


@pytest.mark.slow
def test_answers_are_equal_while_tasks_are_suspended(
    suspensions: Callable[..., list[int]],
) -> None:
    counts = suspensions("chaos")
    assert min(counts) > 10, counts
    assert sum(counts) > 50, counts


@pytest.mark.slow
@pytest.mark.beyond_ci
def test_answers_are_equal_while_nobody_suspends(suspensions: Callable[..., list[int]]) -> None:
    assert set(suspensions("neptune")) == {0}


def test_differences_are_found() -> None:
    one = {"a": [1, 2.0, "x"], "b": None}
    assert differences(one, {"a": [1, 2.0 + 1e-12, "x"], "b": None}) == []
    assert differences(one, {"a": [1, 2.1, "y"], "b": 0}) == [
        ".a[1]: 2.0 != 2.1",
        ".a[2]: 'x' != 'y'",
        ".b: None != 0",
    ]
    assert len(differences(one, {"a": [1, 2.0], "b": None})) == 1
    assert len(differences(one, {"a": [1, 2, "x"]})) == 1
