"""The pictures can be drawn, of whatever set of runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from neptune_bench.demo.latency import Sample, summarise
from neptune_bench.demo.plan import PYTHON
from neptune_bench.demo.report import Outcome
from neptune_bench.harness import eventlog
from neptune_bench.harness.eventlog import Log, Task

plots = pytest.importorskip("neptune_bench.demo.plots", exc_type=ImportError)


def outcome(scheduler: str, batch: tuple[float, float] | None) -> Outcome:
    batch_task = Task(1, PYTHON, 0, 104.0, 109.0, [(105.0, 106.0)])
    stream_task = Task(2, eventlog.STREAM, 0, 105.0, 106.0)
    samples = [Sample(n, 101.0 + n, 101.5 + n, 0.5) for n in range(8)]
    return Outcome(
        scheduler=scheduler,
        start=101.0,
        batch=batch,
        samples=samples,
        summary=summarise([sample.latency_s for sample in samples]),
        suspensions=1,
        rerun=0,
        log=Log(1, {1: batch_task, 2: stream_task}),
        answer={},
        seconds=1.0,
    )


@pytest.mark.parametrize("names", [["alone"], ["fifo"], ["alone", "fifo", "fair", "neptune"]])
def test_both_pictures_are_written(names: list[str], tmp_path: Path) -> None:
    outcomes = [outcome(name, None if name == "alone" else (104.0, 300.0)) for name in names]
    plots.latency(outcomes, 3.0, tmp_path / "latency.png")
    plots.timelines(outcomes, 3.0, tmp_path / "timeline.png")
    for name in ("latency.png", "timeline.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_ticks_are_read_by_people() -> None:
    assert [plots.tick(value) for value in (0.1, 1.0, 10.0)] == ["100 ms", "1 s", "10 s"]
