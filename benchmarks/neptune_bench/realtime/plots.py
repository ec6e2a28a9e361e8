"""The picture: how many events have waited for longer, and what the batch has done."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt

from neptune_bench.harness.layout import placed
from neptune_bench.realtime.figures import Result
from neptune_bench.realtime.plan import ALONE, BATCH_ALONE, OWN, SHARED

COLOURS: Final = {ALONE: "#3b6fb6", BATCH_ALONE: "#bbbbbb", SHARED: "#1b7f79", OWN: "#e08e0b"}


def draw(result: Result, path: Path) -> None:
    """Draw the result.

    Args:
        result: what was measured.
        path: the PNG to write.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(14, 6), layout="constrained")
    for side in result.plan.sides:
        latencies = sorted(ms for run in result.of(side) for ms in run.latencies_ms)
        if latencies:
            slower = [1 - rank / len(latencies) for rank in range(len(latencies))]
            left.step(latencies, slower, where="post", color=COLOURS[side], label=side)
    left.set(xscale="log", yscale="log", xlabel="latency, ms", ylabel="share of slower events")
    left.set_title("Events")
    left.legend(frameon=False)
    for place, side in enumerate(result.plan.sides):
        for run in result.of(side):
            right.plot(place, run.jobs_per_s, "o", color=COLOURS[side])
    right.set_xticks(range(len(result.plan.sides)), result.plan.sides)
    right.set(ylabel="jobs/s", title="Batch", ylim=(0, None))
    figure.suptitle(f"Real-time queries beside a batch{placed(result.plan)}")
    figure.savefig(path, dpi=100)
    plt.close(figure)
