"""The pictures can be drawn, of whatever set of runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from neptune_bench.demo.report import outcome
from neptune_bench.harness import eventlog
from neptune_bench.harness.eventlog import Task
from neptune_bench.unified.schedulers import BATCH
from tests.unit.demo.made_up import run

plots = pytest.importorskip("neptune_bench.demo.plots", exc_type=ImportError)

TASKS = (
    Task(1, BATCH, 0, 104.0, 109.0, [(105.0, 106.0)], step="1:0"),
    Task(2, eventlog.STREAM, 0, 105.0, 106.0),
)


@pytest.mark.parametrize("names", [["alone"], ["fifo"], ["alone", "fifo", "fair", "neptune"]])
def test_both_pictures_are_written(names: list[str], tmp_path: Path) -> None:
    found = [
        outcome(run(name, [0.5] * 8, None if name == "alone" else (104.0, 300.0), *TASKS))
        for name in names
    ]
    plots.latency(found, 3.0, tmp_path / "latency.png")
    plots.timelines(found, 3.0, tmp_path / "timeline.png")
    for name in ("latency.png", "timeline.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_ticks_are_read_by_people() -> None:
    assert [plots.tick(value) for value in (0.1, 1.0, 10.0)] == ["100 ms", "1 s", "10 s"]
