"""The picture: stream latencies, times of decisions, and offer rounds against Spark's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from neptune_bench.scale import figures
from neptune_bench.scale.figures import Decision, Result, Round, Simulated
from neptune_bench.scale.plan import MODES, POLICIES
from neptune_bench.scale.report import DECISION_MS, ROUND_RATIO

COLOURS: Final = dict(
    zip(POLICIES, ("#1b7f79", "#3b6fb6", "#e08e0b", "#7a5195", "#d1495b"), strict=True)
)
ALONE_COLOUR: Final = "#222222"
SIZE_COLOURS: Final = ("#9ecae1", "#4292c6", "#08519c")
FONT: Final[dict[Any, Any]] = {"font.size": 12, "axes.titlesize": 13, "figure.titlesize": 17}


def draw(result: Result, path: Path) -> None:
    """Draw the result.

    Args:
        result: what was measured.
        path: the PNG to write.
    """
    with plt.rc_context(FONT):
        figure = plt.figure(figsize=(18, 12), layout="constrained")
        grid = figure.add_gridspec(2, 6)
        rows = figures.simulated(result.runs)
        modes = [mode for mode in MODES if any(row.mode == mode for row in rows)]
        width = 6 // len(modes)
        above = [
            figure.add_subplot(grid[0, width * c : width * (c + 1)]) for c in range(len(modes))
        ]
        for axes, mode in zip(above, modes, strict=True):
            latencies(axes, mode, rows, figures.alone_ms(result.runs))
        everything = [ms for row in rows for ms in row.latency_ms]
        for axes in above:
            axes.set_xlim(min(everything) / 1.2, max(everything) * 1.2)
        above[0].set_ylabel("share of stream jobs")
        decision_panel(
            figure.add_subplot(grid[1, :2]), figures.decisions(result.plan, result.decisions)
        )
        round_panel(figure.add_subplot(grid[1, 2:]), figures.rounds(result.rounds))
        plan = result.plan
        figure.suptitle(
            f"Neptune's scheduler on {plan.executors} x {plan.cores} simulated cores, and beyond"
        )
        figure.savefig(path, dpi=100)
        plt.close(figure)


def latencies(axes: Axes, mode: str, rows: Sequence[Simulated], alone_ms: Sequence[float]) -> None:
    """Draw the distribution of stream latencies under one mode, a line for each policy."""
    for row in rows:
        if row.mode == mode:
            axes.ecdf(row.latency_ms, color=COLOURS[row.policy], linewidth=2, label=row.policy)
    axes.ecdf(alone_ms, color=ALONE_COLOUR, linestyle=":", linewidth=2, label="stream alone")
    axes.set_xscale("log")
    plain_numbers(axes)
    axes.set_xlabel("latency of a stream job, ms (virtual time)")
    axes.set_title(f"mode {mode}", loc="left")
    axes.grid(True, alpha=0.3)
    axes.legend(loc="lower right", frameon=False)


def plain_numbers(axes: Axes) -> None:
    """Have the logarithmic scale of a panel say 100, not a power, and only that."""
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def decision_panel(axes: Axes, rows: Sequence[Decision]) -> None:
    """Draw the time of a decision over the size of the cluster, for the greatest burst."""
    pending = max((row.pending for row in rows), default=0)
    for policy in dict.fromkeys(row.policy for row in rows):
        mine = [row for row in rows if row.policy == policy and row.pending == pending]
        axes.plot(
            [row.executors for row in mine],
            [row.p50 for row in mine],
            color=COLOURS[policy],
            marker="o",
            label=policy,
        )
    axes.axhline(DECISION_MS, color="#999999", linestyle="--")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("executors")
    axes.set_ylabel("ms (real time), median")
    axes.set_title(f"A decision for {pending} pending tasks", loc="left")
    axes.grid(True, alpha=0.3)
    axes.legend(frameon=False)


def round_panel(axes: Axes, rows: Sequence[Round]) -> None:
    """Draw the ratio of each kind of offer round, a bar for each size of cluster."""
    sizes = list(dict.fromkeys(row.executors for row in rows))
    # The size of a burst, which is in some names, depends on the cluster.
    kinds = list(dict.fromkeys(row.kind for row in rows if row.executors == sizes[-1]))
    height = 0.8 / len(sizes)
    for number, size in enumerate(sizes):
        ratios = [row.ratio for row in rows if row.executors == size]
        places = [index + (number - (len(sizes) - 1) / 2) * height for index in range(len(kinds))]
        colour = SIZE_COLOURS[number % len(SIZE_COLOURS)]
        bars = axes.barh(places, ratios, height, color=colour, label=f"{size} executors")
        axes.bar_label(bars, fmt="%.2f", padding=3, fontsize=9)
    axes.axvline(1.0, color="#666666")
    axes.axvline(ROUND_RATIO, color="#999999", linestyle="--")
    axes.set_xscale("log")
    plain_numbers(axes)
    axes.set_xticks([1, 2, 5, 10, 20, 50])
    axes.set_yticks(range(len(kinds)), kinds)
    axes.invert_yaxis()
    axes.set_xlabel("time of an offer round over Spark's own (real time, medians)")
    axes.set_title("Offer rounds", loc="left")
    axes.legend(frameon=False)
