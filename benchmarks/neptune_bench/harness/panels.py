"""Draws who had which core: a panel of bars for each run, with those that wait above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import Formatter, LogLocator, StrMethodFormatter

from neptune_bench.harness import eventlog
from neptune_bench.harness.timeline import Bar, Timeline

STREAM_COLOUR: Final = "#c2185b"
OTHER_COLOUR: Final = "#bbbbbb"
WAITING_COLOUR: Final = "#444444"
WAITING_BASE: Final = 0.42
WAITING_HEIGHT: Final = 0.95
FONT: Final[dict[Any, Any]] = {
    "font.size": 13,
    "axes.titlesize": 15,
    "figure.titlesize": 18,
    "hatch.linewidth": 1.2,
}

Steps = list[tuple[float, int]]
"""How many wait, as steps (see `harness.timeline.waiting`)."""


@dataclass(frozen=True)
class Panel:
    """A run in the picture.

    Args:
        title, colour: its scheduler's.
        zero: the epoch second that is zero in the picture.
        bars: who had which core.
        waits: how many events waited.
    """

    title: str
    colour: str
    zero: float
    bars: Timeline
    waits: Steps


@dataclass(frozen=True)
class Frame:
    """What all panels of a picture have in common.

    Args:
        title: of the picture.
        since: what zero is, as the axis of time says it.
        begin_s, end_s: what is shown, in seconds from zero.
        names, colours: of the tasks of each side.
        lane_in: height of a lane, in inches.
        dpi: dots per inch.
    """

    title: str
    since: str
    begin_s: float
    end_s: float
    names: Mapping[str, str]
    colours: Mapping[str, str]
    lane_in: float
    dpi: int


def draw(frame: Frame, panels: Sequence[Panel], path: Path) -> None:
    """Draw the panels below one another, all with the same scales, into the PNG `path`."""
    most = most_waiting([(p.waits, p.zero + frame.end_s) for p in panels])
    heights = [height(p.bars) for p in panels]
    with matplotlib.rc_context(FONT):
        figure = Figure(figsize=(16, 1.5 + frame.lane_in * sum(heights)), layout="constrained")
        grid = figure.subplots(
            len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
        )
        for axes, p in zip(grid[:, 0], panels, strict=True):
            panel(axes, p.bars, p.zero, frame.colours)
            waiting(axes, p.waits, p.zero, most)
            axes.set_title(p.title, loc="left", color=p.colour, fontweight="bold")
        grid[-1, 0].set_xlabel(f"seconds since {frame.since}")
        grid[-1, 0].set_xlim(frame.begin_s, frame.end_s)
        figure.suptitle(frame.title)
        entries = legend([p.bars for p in panels], frame.names, frame.colours)
        figure.legend(
            handles=entries, loc="outside lower center", ncols=len(entries), frameon=False
        )
        figure.savefig(path, dpi=frame.dpi)


def plain_log(axis: Axis, text: Formatter | None = None) -> None:
    """Have a logarithmic axis say 100, 200 and 500, or `text` of these, not powers of ten."""
    # Between the powers of ten, labels for 2 and 5 only: more would touch one another.
    axis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
    for set_formatter in (axis.set_major_formatter, axis.set_minor_formatter):
        set_formatter(text or StrMethodFormatter("{x:g}"))


def height(bars: Timeline) -> float:
    """Return the height of a panel, in lanes."""
    return 1.6 + bars.cores + 0.7 * bars.suspended_lanes


def panel(axes: Axes, bars: Timeline, zero: float, colours: Mapping[str, str]) -> None:
    """Draw the lanes of a run: one that shows what waits, the cores, then the suspended tasks.

    Args:
        axes: the panel.
        bars: the run's.
        zero: the epoch second that is zero in the picture.
        colours: of the tasks of each side.
    """
    ticks = ["events waiting"]
    places = [0.0]
    for core in range(bars.cores):
        ticks.append(f"core {core + 1}")
        places.append(1.0 + core)
    for bar in bars.running:
        _draw(axes, bar, zero, 1.0 + bar.lane, 0.84, colours, is_suspended=False)
    for row in range(bars.suspended_lanes):
        ticks.append("suspended")
        places.append(0.95 + bars.cores + 0.7 * row)
    for bar in bars.suspended:
        y = 0.95 + bars.cores + 0.7 * bar.lane
        _draw(axes, bar, zero, y, 0.5, colours, is_suspended=True)
    axes.set_yticks(places, ticks)
    axes.set_ylim(places[-1] + 0.55, -0.55)
    axes.grid(True, axis="x", alpha=0.3)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _draw(
    axes: Axes,
    bar: Bar,
    zero: float,
    y: float,
    thickness: float,
    colours: Mapping[str, str],
    *,
    is_suspended: bool,
) -> None:
    """Draw one bar: solid for a task on a core, pale and hatched for a suspended one."""
    colour = colours.get(bar.side, OTHER_COLOUR)
    is_stream = bar.side == eventlog.STREAM
    axes.barh(
        y,
        bar.end - bar.begin,
        left=bar.begin - zero,
        height=thickness,
        facecolor=(colour, 0.25) if is_suspended else colour,
        edgecolor=colour if is_suspended or is_stream else "white",
        linewidth=0.8,
        hatch="////" if is_suspended else None,
        zorder=3 if is_stream else 2,
    )


def waiting(axes: Axes, steps: Steps, zero: float, most: int) -> None:
    """Draw how many events have arrived and are not answered, over time.

    Args:
        axes: the panel; the curve fills its topmost lane.
        steps: how many wait.
        zero: the epoch second that is zero in the picture.
        most: the number that fills the lane.
    """
    axes.fill_between(
        [at - zero for at, _ in steps],
        WAITING_BASE,
        [WAITING_BASE - WAITING_HEIGHT * count / most for _, count in steps],
        step="post",
        color=WAITING_COLOUR,
        linewidth=0,
    )


def most_waiting(found: Sequence[tuple[Steps, float]]) -> int:
    """Return the most that wait at once in any panel, at least 1.

    Args:
        found: for each panel, how many wait, and the epoch second at which it ends.
    """
    return max([1, *(count for steps, end in found for at, count in steps if at < end)])


def legend(
    panels: Sequence[Timeline], names: Mapping[str, str], colours: Mapping[str, str]
) -> list[Patch]:
    """Return the legend's entries.

    Args:
        panels: all of the picture.
        names, colours: of the tasks of each side.
    """
    entries = [Patch(color=colours[side], label=name) for side, name in names.items()]
    if any(bars.suspended for bars in panels):
        entries.append(
            Patch(facecolor="#eeeeee", edgecolor="#555555", hatch="////", label="suspended task")
        )
    entries.append(Patch(color=WAITING_COLOUR, label="events that wait (same scale everywhere)"))
    return entries
