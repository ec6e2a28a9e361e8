"""The picture: how long stream jobs, or requests, have taken under each policy."""

from __future__ import annotations

from pathlib import Path

from neptune_bench.harness.pictures import picture, plain_log
from neptune_bench.policies.report import LOADS, Result, over_alone
from neptune_bench.scale.plots import COLOURS


def draw(result: Result, path: Path) -> None:
    """Draw the result into a PNG."""
    with picture(path, 20, 11) as figure:
        for axes, (load, title) in zip(figure.subplots(2, 3).flat, LOADS.items(), strict=True):
            for policy, cells in result.of(load).items():
                axes.ecdf(over_alone(cells), color=COLOURS[policy], linewidth=2, label=policy)
            axes.set(xscale="log", xlabel="time over alone", ylabel="share of jobs", title=title)
            plain_log(axes.xaxis)
            axes.grid(True, alpha=0.3)
            axes.legend(loc="lower right")
        figure.suptitle("Where policies differ")
