"""The same jobs on stock Spark, with Neptune, and with every task suspended again and again."""

from __future__ import annotations

import json
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunProgram

ROOT = Path(__file__).parents[2]


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two answers differ; floats may by what another order of addition makes of them."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(one[k], other[k], f"{where}.{k}") for k in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(one, other, strict=True))]
    elif isinstance(one, float) and isinstance(other, float):
        return [] if math.isclose(one, other, rel_tol=1e-9) else [f"{where}: {one} != {other}"]
    else:
        return [] if one == other else [f"{where}: {one!r} != {other!r}"]
    return [found for pair in pairs for found in differences(*pair)]


@pytest.mark.slow
def test_answers_are_equal(run_program: RunProgram, tmp_path: Path) -> None:
    def results_of(mode: str) -> dict[str, Any]:
        directory = tmp_path / mode
        directory.mkdir()
        run_program(
            [sys.executable, "-m", "tests.equivalence.answers", mode, directory],
            cwd=directory,
            env={"PYTHONPATH": str(ROOT)},
            timeout_s=600,
        )
        found: dict[str, Any] = json.loads((directory / "answers.json").read_text())
        return found

    modes = ("stock", "neptune", "chaos")
    # An application leaves a core idle while it starts, plans and waits.
    with ThreadPoolExecutor(2) as pool:
        results = dict(zip(modes, pool.map(results_of, modes), strict=True))
    answers = {
        mode: {name: section["answers"] for name, section in result.items()}
        for mode, result in results.items()
    }
    suspensions = {
        mode: {name: section["suspensions"] for name, section in result.items()}
        for mode, result in results.items()
    }
    assert differences(answers["stock"], answers["neptune"]) == []
    assert differences(answers["stock"], answers["chaos"]) == []
    assert set(suspensions["neptune"].values()) == {0}
    assert min(suspensions["chaos"].values()) > 10, suspensions
    assert sum(suspensions["chaos"].values()) > 50, suspensions


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
