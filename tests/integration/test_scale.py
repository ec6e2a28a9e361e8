"""The simulator, from its compilation to its result, on a small cluster; virtual time only."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from scale import figures
from scale.workload import HIGH
from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

pytest.importorskip("matplotlib")

WORDS = ["--quick", "--executors", "12", "--duration", "8"]


@pytest.fixture(scope="module")
def outs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [tmp_path_factory.mktemp("scale") for _ in range(2)]


def _run(run_program: RunProgram, out: Path) -> list[dict[str, Any]]:
    words = [sys.executable, "-m", "neptune_spark.cli", "bench", "scale", *WORDS, "--out", out]
    run_program(words)
    found: list[dict[str, Any]] = json.loads((out / "result.json").read_text())["runs"]
    return found


def _virtual(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What does not depend on the machine."""
    names = ("job_ms", "suspensions", "kills", "wasted_task_s", "running_cv", "virtual_s")
    return [{name: cell[name] for name in names} for run in runs for cell in run["together"]]


def test_every_job_ends_and_a_seed_tells_all(run_program: RunProgram, outs: list[Path]) -> None:
    first, second = (_run(run_program, out) for out in outs)
    assert _virtual(first) == _virtual(second)
    (run,) = first
    rows = {(row.policy, row.mode): row for row in figures.simulated(first)}
    for cell in run["together"]:
        where = (cell["policy"], cell["mode"])
        assert len(cell["job_ms"]) == sum(map(len, run["ids"].values())), where
        assert cell["oversubscribed"] == 0, where
        left = json.loads(cell["statistics"])
        assert left["tasks_running"] == left["tasks_suspended"] == left["cores_lent"] == 0, where
        if cell["mode"] == "suspend":
            assert cell["suspensions"] == left["suspensions"] == left["resumptions"] > 0, where
            assert cell["wasted_task_s"] == cell["kills"] == 0, where
            none = rows[cell["policy"], "none"]
            assert rows[where].p50 < none.p50 and rows[where].p99 < none.p99, where
        else:
            assert cell["suspensions"] == 0, where
            assert (cell["kills"] > 0) == (cell["mode"] == "kill"), where
    assert len(figures.alone_ms(first)) == len(run["ids"][HIGH]) > 10
