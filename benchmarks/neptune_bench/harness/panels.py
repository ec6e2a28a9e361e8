"""Draws who had which core: a panel of bars for each run, with those that wait above."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from neptune_bench.harness import eventlog
from neptune_bench.harness.pictures import BELOW, picture
from neptune_bench.harness.timeline import Bar, Timeline

STREAM_COLOUR: Final = "#c2185b"
OTHER_COLOUR: Final = "#bbbbbb"
STREAM_SIDE: Final = {eventlog.STREAM: ("stream task", STREAM_COLOUR)}
LANE_IN: Final = 0.65
"""Height of a lane, in inches."""
WAITING_COLOUR: Final = "#444444"
WAITING_BASE: Final = 0.42
WAITING_HEIGHT: Final = 0.95

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


Sides = Mapping[str, tuple[str, str]]
"""What the tasks of each side are called, and their colour."""


def draw(
    path: Path,
    panels: Sequence[Panel],
    title: str,
    since: str,
    span: tuple[float, float],
    sides: Sides,
) -> None:
    """Draw the panels below one another, all with the same scales, into the PNG `path`.

    Args:
        path, panels: what, and where to.
        title: of the picture.
        since: what zero is, as the axis of time says it.
        span: what is shown, in seconds from zero.
        sides: names and colours.
    """
    most = most_waiting([(p.waits, p.zero + span[1]) for p in panels])
    heights = [height(p.bars) for p in panels]
    with picture(path, 16, 1.5 + LANE_IN * sum(heights)) as figure:
        grid = figure.subplots(
            len(panels), 1, sharex=True, squeeze=False, gridspec_kw={"height_ratios": heights}
        )
        for axes, p in zip(grid[:, 0], panels, strict=True):
            panel(axes, p.bars, p.zero, sides)
            waiting(axes, p.waits, p.zero, most)
            axes.set_title(p.title, color=p.colour, fontweight="bold")
        grid[-1, 0].set_xlabel(f"seconds since {since}")
        grid[-1, 0].set_xlim(*span)
        figure.suptitle(title)
        entries = legend([p.bars for p in panels], sides)
        figure.legend(handles=entries, loc=BELOW, ncols=len(entries))


def height(bars: Timeline) -> float:
    """Return the height of a panel, in lanes."""
    return 1.6 + bars.cores + 0.7 * bars.suspended_lanes


def panel(axes: Axes, bars: Timeline, zero: float, sides: Sides) -> None:
    """Draw the lanes of a run: one that shows what waits, the cores, then the suspended tasks.

    Args:
        axes: the panel.
        bars: the run's.
        zero: the epoch second that is zero in the picture.
        sides: names and colours.
    """
    below = 0.95 + bars.cores
    cores = {f"core {core + 1}": 1.0 + core for core in range(bars.cores)}
    suspended = [below + 0.7 * row for row in range(bars.suspended_lanes)]
    ticks = ["events waiting", *cores, *("suspended" for _ in suspended)]
    places = [0.0, *cores.values(), *suspended]
    for bar in bars.running:
        _draw(axes, bar, zero, 1.0 + bar.lane, sides, is_suspended=False)
    for bar in bars.suspended:
        _draw(axes, bar, zero, below + 0.7 * bar.lane, sides, is_suspended=True)
    axes.set_yticks(places, ticks)
    axes.set_ylim(places[-1] + 0.55, -0.55)
    axes.grid(True, axis="x", alpha=0.3)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _draw(axes: Axes, bar: Bar, zero: float, y: float, sides: Sides, *, is_suspended: bool) -> None:
    """Draw one bar: solid for a task on a core, pale and hatched for a suspended one."""
    _, colour = sides.get(bar.side, ("", OTHER_COLOUR))
    is_stream = bar.side == eventlog.STREAM
    axes.barh(
        y,
        bar.end - bar.begin,
        left=bar.begin - zero,
        height=0.5 if is_suspended else 0.84,
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


def legend(panels: Sequence[Timeline], sides: Sides) -> list[Patch]:
    """Return the legend's entries."""
    entries = [Patch(color=colour, label=name) for name, colour in sides.values()]
    if any(bars.suspended for bars in panels):
        entries.append(
            Patch(facecolor="#eeeeee", edgecolor="#555555", hatch="////", label="suspended task")
        )
    entries.append(Patch(color=WAITING_COLOUR, label="events that wait (same scale everywhere)"))
    return entries
