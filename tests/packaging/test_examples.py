"""Each example runs to its end and shows what it says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

#: The words before each example's path, and what it prints.
EXAMPLES: dict[str, tuple[list[str], str]] = {
    "priority.py": (
        [],
        r"(stream: micro-batch \d+ took \d+ ms\n)+"
        r"(batch: [\d,]+ turns\n)(stream: .*\n)*suspended [1-9]\d* times, resumed \d+ times\n",
    ),
    "suspend_manually.py": (
        [],
        r"task \d+ is suspended\nthe job gave 50 rows, each computed once\n",
    ),
    "submit_app.py": (
        ["-m", "neptune_spark.cli", "submit", "--master", "local[2]"],
        r"sum: 499999500000\nplugins: org\.apache\.spark\.neptune\.NeptunePlugin\n",
    ),
}


def test_every_example_is_run_here() -> None:
    assert {f.name for f in (ROOT / "examples").iterdir() if f.is_file()} == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name: str, run_program: RunProgram, tmp_path: Path) -> None:
    before, expected = EXAMPLES[name]
    environment = {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, *before, ROOT / "examples" / name]
    ran = run_program(words, cwd=tmp_path, env=environment)
    assert re.fullmatch(expected, ran.stdout), ran.stdout
