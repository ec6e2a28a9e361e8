"""The picture: stream latencies, times of decisions, and offer rounds against Spark's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes

from neptune_bench.harness.pictures import halves, picture, plain_log
from neptune_bench.scale import figures
from neptune_bench.scale.figures import Decision, Result, Round, Simulated
from neptune_bench.scale.plan import MODES, POLICIES
from neptune_bench.scale.report import DECISION_MS, ROUND_RATIO

COLOURS: Final = dict(
    zip(POLICIES, ("#1b7f79", "#3b6fb6", "#e08e0b", "#7a5195", "#d1495b"), strict=True)
)
ALONE_COLOUR: Final = "#222222"
SIZE_COLOURS: Final = ("#9ecae1", "#4292c6", "#08519c")


def draw(result: Result, path: Path) -> None:
    """Draw the result into a PNG."""
    rows, plan = figures.simulated(result.runs), result.plan
    modes = [mode for mode in MODES if any(row.mode == mode for row in rows)]
    with picture(path, 18, 12) as figure:
        upper, lower = halves(figure, 1, 1)
        above = upper.subplots(1, len(modes), sharex=True, squeeze=False)[0]
        for axes, mode in zip(above, modes, strict=True):
            latencies(axes, mode, rows, figures.alone_ms(result.runs))
        above[0].set_ylabel("share of stream jobs")
        left, right = lower.subplots(1, 2, width_ratios=(1, 2))
        decision_panel(left, figures.decisions(plan, result.decisions))
        round_panel(right, figures.rounds(result.rounds))
        cores = f"{plan.executors} x {plan.cores} simulated cores"
        upper.suptitle(f"Neptune's scheduler on {cores}, and beyond")


def latencies(axes: Axes, mode: str, rows: Sequence[Simulated], alone_ms: Sequence[float]) -> None:
    """Draw the distribution of stream latencies under one mode, a line for each policy."""
    for row in rows:
        if row.mode == mode:
            axes.ecdf(row.latency_ms, color=COLOURS[row.policy], linewidth=2, label=row.policy)
    axes.ecdf(alone_ms, color=ALONE_COLOUR, linestyle=":", linewidth=2, label="stream alone")
    what = "latency of a stream job, ms (virtual time)"
    axes.set(xscale="log", xlabel=what, title=f"mode {mode}")
    plain_log(axes.xaxis)
    axes.grid(True, alpha=0.3)
    axes.legend(loc="lower right")


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
    axes.set(xscale="log", yscale="log", xlabel="executors", ylabel="ms (real time), median")
    axes.set_title(f"A decision for {pending} pending tasks")
    axes.grid(True, alpha=0.3)
    axes.legend()


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
    axes.set(xscale="log", title="Offer rounds")
    plain_log(axes.xaxis)
    axes.set_yticks(range(len(kinds)), kinds)
    axes.invert_yaxis()
    axes.set_xlabel("time of an offer round over Spark's own (real time, medians)")
    axes.legend()
