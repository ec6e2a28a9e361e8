"""The two pictures: what events waited, and who had which core."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator

from demo.plan import PYTHON, SQL
from demo.report import Outcome, duration
from harness import eventlog, timeline

COLOURS: Final = {"alone": "#555555", "fifo": "#d1495b", "fair": "#e08e0b", "neptune": "#1b7f79"}
SIDE_COLOURS: Final = {
    eventlog.STREAM: "#c2185b",
    SQL: "#4c78a8",
    PYTHON: "#eeb33b",
    eventlog.OTHER: "#bbbbbb",
}
SIDE_NAMES: Final = {
    eventlog.STREAM: "stream task",
    SQL: "batch task: SQL (JVM)",
    PYTHON: "batch task: Python",
}
WINDOW_S: Final = 12.0
BEFORE_S: Final = 1.0
WAITING_COLOUR: Final = "#444444"
WAITING_BASE: Final = 0.42
WAITING_HEIGHT: Final = 0.95
FONT: Final[dict[Any, Any]] = {
    "font.size": 13,
    "axes.titlesize": 15,
    "figure.titlesize": 18,
    "hatch.linewidth": 1.2,
}


Panel = tuple[Outcome, float, timeline.Timeline]
"""A run, the epoch second that is zero in its panel, and its bars."""


def origin(outcome: Outcome, lead_s: float) -> float:
    """Return the epoch second that is zero in the pictures: where the batch starts, or would."""
    return outcome.start + lead_s if outcome.batch is None else outcome.batch[0]


def latency(outcomes: Sequence[Outcome], lead_s: float, path: Path) -> None:
    """Draw the latency of every event file over its arrival time, one line per scheduler.

    Args:
        outcomes: the runs.
        lead_s: seconds of stream before the batch.
        path: the PNG to write.
    """
    with plt.rc_context(FONT):
        figure, axes = plt.subplots(figsize=(14, 8), layout="constrained")
        last = max(o.samples[-1].placed - origin(o, lead_s) for o in outcomes)
        longest = max((o.batch_s or 0.0 for o in outcomes), default=0.0)
        end = max(last, min(longest, 1.3 * last)) + 0.3
        shade(axes, outcomes, end)
        for o in outcomes:
            zero = origin(o, lead_s)
            s = o.summary
            axes.plot(
                [sample.placed - zero for sample in o.samples],
                [sample.latency_s for sample in o.samples],
                color=COLOURS[o.scheduler],
                linestyle="--" if o.batch is None else "-",
                linewidth=2.2,
                marker="o",
                markersize=4,
                label=f"{o.name}:  p50 {duration(s.p50_s)},  p99 {duration(s.p99_s)}",
            )
        axes.set_yscale("log")
        # Between the powers of ten, labels for 2 and 5 only: more would touch one another.
        axes.yaxis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
        for axis_formatter in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            axis_formatter(FuncFormatter(lambda value, _: tick(value)))
        axes.set_xlabel("arrival of the event, in seconds since the batch work began")
        axes.set_ylabel("latency of the event (log scale)")
        axes.set_title("What a stream's events wait while batch work fills every core")
        axes.grid(True, which="major", alpha=0.35)
        axes.grid(True, which="minor", axis="y", alpha=0.12)
        axes.set_xlim(-lead_s - 0.3, end)
        figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=14)
        figure.savefig(path, dpi=110)
        plt.close(figure)


def tick(seconds: float) -> str:
    """Return the label of a tick at `seconds`."""
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"


def shade(axes: Axes, outcomes: Sequence[Outcome], end: float) -> None:
    """Shade the time in which the batch ran, and mark where each run's batch was over.

    Args:
        axes: the picture.
        outcomes: the runs.
        end: where the picture ends, in seconds since the batch began.
    """
    lengths = {o.scheduler: o.batch_s for o in outcomes if o.batch_s is not None}
    if not lengths:
        return
    axes.axvspan(0, max(lengths.values()), color="#f3ead7", zorder=0)
    place = axes.get_xaxis_transform()
    axes.text(0.3, 0.02, "batch work running", transform=place, color="#7a6a45", fontsize=14)
    for row, (scheduler, length) in enumerate(lengths.items()):
        colour = COLOURS[scheduler]
        axes.axvline(length, color=colour, linestyle=":", linewidth=1.8, zorder=1)
        label = f"batch over: {length:.1f} s "
        if length > end:
            label = f"{label}\N{RIGHTWARDS ARROW} "
        at = (min(length, end), 0.98 - 0.045 * row)
        axes.text(*at, label, transform=place, ha="right", va="top", color=colour)


def timelines(outcomes: Sequence[Outcome], lead_s: float, path: Path) -> None:
    """Draw who had which core, one panel per scheduler, all with the same time scale.

    Args:
        outcomes: the runs.
        lead_s: seconds of stream before the batch.
        path: the PNG to write.
    """
    panels: list[Panel] = []
    for o in outcomes:
        zero = origin(o, lead_s)
        bars = timeline.build(o.log, zero - BEFORE_S, zero + WINDOW_S - BEFORE_S)
        panels.append((o, zero, bars))
    most = most_waiting(panels)
    heights = [1.6 + bars.cores + 0.7 * bars.suspended_lanes for _, _, bars in panels]
    with plt.rc_context(FONT):
        figure, grid = plt.subplots(
            len(panels),
            1,
            figsize=(16, 1.5 + 0.72 * sum(heights)),
            sharex=True,
            squeeze=False,
            height_ratios=heights,
            layout="constrained",
        )
        for axes, (o, zero, bars) in zip(grid[:, 0], panels, strict=True):
            panel(axes, o, zero, bars)
            waiting(axes, o, zero, most)
        grid[-1, 0].set_xlabel("seconds since the batch work began")
        grid[-1, 0].set_xlim(-BEFORE_S, WINDOW_S - BEFORE_S)
        figure.suptitle("Who has which core: the same stream and batch under each scheduler")
        figure.legend(handles=legend(panels), loc="outside lower center", ncols=5, frameon=False)
        figure.savefig(path, dpi=110)
        plt.close(figure)


def panel(axes: Axes, outcome: Outcome, zero: float, bars: timeline.Timeline) -> None:
    """Draw one run: a lane that shows events waiting, the cores, then the suspended tasks."""
    ticks = ["events waiting"]
    places = [0.0]
    for core in range(bars.cores):
        ticks.append(f"core {core + 1}")
        places.append(1.0 + core)
    for bar in bars.running:
        draw(axes, bar, zero, 1.0 + bar.lane, 0.84, is_suspended=False)
    for row in range(bars.suspended_lanes):
        ticks.append("suspended")
        places.append(0.95 + bars.cores + 0.7 * row)
    for bar in bars.suspended:
        draw(axes, bar, zero, 0.95 + bars.cores + 0.7 * bar.lane, 0.5, is_suspended=True)
    axes.set_yticks(places, ticks)
    axes.set_ylim(places[-1] + 0.55, -0.55)
    s = outcome.summary
    title = f"{outcome.name}:  an event waits {duration(s.p50_s)} (p50), {duration(s.p99_s)} (p99)"
    axes.set_title(title, loc="left", color=COLOURS[outcome.scheduler], fontweight="bold")
    axes.grid(True, axis="x", alpha=0.3)
    axes.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def draw(
    axes: Axes, bar: timeline.Bar, zero: float, y: float, height: float, *, is_suspended: bool
) -> None:
    """Draw one bar: solid for a task on a core, pale and hatched for a suspended one."""
    colour = SIDE_COLOURS[bar.side]
    is_stream = bar.side == eventlog.STREAM
    axes.barh(
        y,
        bar.end - bar.begin,
        left=bar.begin - zero,
        height=height,
        facecolor=(colour, 0.25) if is_suspended else colour,
        edgecolor=colour if is_suspended or is_stream else "white",
        linewidth=0.8,
        hatch="////" if is_suspended else None,
        zorder=3 if is_stream else 2,
    )


def waiting(axes: Axes, outcome: Outcome, zero: float, most: int) -> None:
    """Draw how many event files have arrived and are not delivered, over time.

    Args:
        axes: the panel; the curve fills its topmost lane.
        outcome: the run.
        zero: epoch second of the pictures' zero.
        most: the number of files that fills the lane.
    """
    steps = timeline.waiting((s.placed, s.delivered) for s in outcome.samples)
    axes.fill_between(
        [at - zero for at, _ in steps],
        WAITING_BASE,
        [WAITING_BASE - WAITING_HEIGHT * count / most for _, count in steps],
        step="post",
        color=WAITING_COLOUR,
        linewidth=0,
    )


def most_waiting(panels: Sequence[Panel]) -> int:
    """Return the most event files that wait at once in any panel, at least 1."""
    counts = [
        count
        for o, zero, _ in panels
        for at, count in timeline.waiting((s.placed, s.delivered) for s in o.samples)
        if at < zero + WINDOW_S - BEFORE_S
    ]
    return max([1, *counts])


def legend(panels: Sequence[Panel]) -> list[Patch]:
    """Return the legend's entries."""
    entries = [Patch(color=SIDE_COLOURS[side], label=name) for side, name in SIDE_NAMES.items()]
    if any(bars.suspended for _, _, bars in panels):
        entries.append(
            Patch(facecolor="#eeeeee", edgecolor="#555555", hatch="////", label="suspended task")
        )
    entries.append(Patch(color=WAITING_COLOUR, label="events that wait (same scale everywhere)"))
    return entries
