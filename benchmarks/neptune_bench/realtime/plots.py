"""The picture: how many events have waited for longer, and what the batch has done."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from neptune_bench.harness.layout import placed
from neptune_bench.harness.pictures import picture
from neptune_bench.realtime.figures import Result
from neptune_bench.realtime.plan import ALONE, BATCH_ALONE, OWN, SHARED

COLOURS: Final = {ALONE: "#3b6fb6", BATCH_ALONE: "#bbbbbb", SHARED: "#1b7f79", OWN: "#e08e0b"}


def draw(result: Result, path: Path) -> None:
    """Draw the result into a PNG."""
    with picture(path, 14, 6) as figure:
        left, right = figure.subplots(1, 2)
        for side in result.plan.sides:
            latencies = [ms for run in result.of(side) for ms in run.latencies_ms]
            if latencies:
                left.ecdf(latencies, complementary=True, color=COLOURS[side], label=side)
        left.set(xscale="log", yscale="log", xlabel="latency, ms", ylabel="share of slower events")
        left.set_title("Events")
        left.legend()
        for place, side in enumerate(result.plan.sides):
            jobs = [run.jobs_per_s for run in result.of(side)]
            right.plot([place] * len(jobs), jobs, "o", color=COLOURS[side])
        right.set_xticks(range(len(result.plan.sides)), result.plan.sides)
        right.set(ylabel="jobs/s", title="Batch", ylim=(0, None))
        figure.suptitle(f"Real-time queries beside a batch{placed(result.plan)}")
