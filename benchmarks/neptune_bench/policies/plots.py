"""The picture: how long stream jobs, or requests, have taken under each policy."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt

from neptune_bench.policies.report import LOADS, Result, over_alone
from neptune_bench.scale.plots import COLOURS, FONT, plain_numbers


def draw(result: Result, path: Path) -> None:
    """Draw the result into a PNG."""
    with plt.rc_context(FONT):
        figure, grid = plt.subplots(2, 3, figsize=(20, 11), layout="constrained")
        for axes, (load, title) in zip(grid.flat, LOADS.items(), strict=True):
            for policy, cells in result.of(load).items():
                axes.ecdf(over_alone(cells), color=COLOURS[policy], linewidth=2, label=policy)
            axes.set(xscale="log", xlabel="time over alone", ylabel="share of jobs")
            plain_numbers(axes)
            axes.set_title(title, loc="left")
            axes.grid(True, alpha=0.3)
            axes.legend(loc="lower right", frameon=False)
        figure.suptitle("Where policies differ")
        figure.savefig(path, dpi=100)
        plt.close(figure)
