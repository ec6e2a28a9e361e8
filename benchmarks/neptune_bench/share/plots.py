"""The picture: slow-down by side and length, and who had the cores over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import SubFigure

from neptune_bench.harness.layout import placed
from neptune_bench.harness.panels import STREAM_COLOUR
from neptune_bench.harness.pictures import BELOW, halves, picture, plain_log
from neptune_bench.share.figures import LENGTHS, Result, slow_downs
from neptune_bench.share.plan import ALONE, SIDES, STREAM

LONG_COLOURS: Final = ("#2f5d9b", "#4c78a8", "#7fa6d1", "#b3cbe6")
SHORT_COLOURS: Final = ("#e08e0b", "#f2b54f", "#f8d79b")


def draw(result: Result, path: Path) -> None:
    """Draw the result into a PNG."""
    sides = result.compared
    lower_in = 1 + 2.2 * len(sides)
    with picture(path, 18, 5 + lower_in, dpi=80) as figure:
        upper, lower = halves(figure, 5, lower_in)
        curves = upper.subplots(1, len(LENGTHS))
        for axes, length in zip(curves, LENGTHS, strict=True):
            slower(axes, result, length)
        _legend(upper, curves[0])
        grid = lower.subplots(len(sides), 1, sharex=True, sharey=True, squeeze=False)
        for axes, side in zip(grid[:, 0], sides, strict=True):
            over_time(axes, result, side)
        grid[-1, 0].set_xlabel("seconds of the first round")
        _legend(lower, grid[0, 0])
        title = f"Sharing a session{placed(result.plan)}"
        upper.suptitle(f"{title}: how many times longer than alone")
        lower.suptitle(
            f"Core-seconds of each user in a second, in windows of {result.plan.window_s:g} s"
        )


def _legend(figure: SubFigure, axes: Axes) -> None:
    """Say below all axes what is drawn on the first."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc=BELOW, ncols=len(labels))


def slower(axes: Axes, result: Result, length: str) -> None:
    """Draw the slow-down of all queries of a length under each side, as a distribution."""
    for side in result.compared:
        pairs = zip(result.of(side), result.of(ALONE), strict=True)
        found = [value for run, alone in pairs for value in slow_downs(run, alone, length)]
        if found:
            axes.ecdf(found, color=SIDES[side].colour, linewidth=2.2, label=SIDES[side].title)
    axes.set(xscale="log", xlabel="slow-down (log scale)", ylim=(0, 1), title=length)
    plain_log(axes.xaxis)
    axes.set_ylabel(f"share of the {length} work")
    axes.axvline(1.0, color="#777777", zorder=0.5)
    axes.grid(True, alpha=0.3)


def over_time(axes: Axes, result: Result, side: str) -> None:
    """Draw who had the cores in a side's first run, one user upon the other."""
    run, plan = result.of(side)[0], result.plan
    users = [*plan.long_names, *plan.short_names, STREAM]
    colours = [
        *_taken(LONG_COLOURS, plan.long_users),
        *_taken(SHORT_COLOURS, plan.short_users),
        STREAM_COLOUR,
    ]
    edges = [window.begin_s for window in run.windows]
    edges.append(len(edges) * plan.window_s)
    below = [0.0] * len(run.windows)
    for user, colour in zip(users, colours, strict=True):
        upon: Any = [
            low + window.core_s[user] / plan.window_s
            for low, window in zip(below, run.windows, strict=True)
        ]
        axes.stairs(upon, edges, baseline=below, fill=True, color=colour, label=user)
        below = upon
    axes.set_title(SIDES[side].title, color=SIDES[side].colour, fontweight="bold")
    axes.set(ylabel="cores", ylim=(0, run.cores))


def _taken(colours: Sequence[str], count: int) -> list[str]:
    return [colours[number % len(colours)] for number in range(count)]
