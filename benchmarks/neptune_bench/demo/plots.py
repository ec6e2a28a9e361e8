"""The two pictures: what events waited, and who had which core."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.ticker import FuncFormatter

from neptune_bench.demo.report import PYTHON, SQL, Outcome, duration
from neptune_bench.harness import panels
from neptune_bench.harness.pictures import BELOW, picture, plain_log
from neptune_bench.unified.plots import panel

SIDES: Final = {
    **panels.STREAM_SIDE,
    SQL: ("batch task: SQL (JVM)", "#4c78a8"),
    PYTHON: ("batch task: Python", "#eeb33b"),
}
WINDOW_S: Final = 12.0
BEFORE_S: Final = 1.0


def origin(outcome: Outcome, lead_s: float) -> float:
    """Return the epoch second that is zero in the pictures: where the batch starts, or would."""
    return outcome.run.begin + lead_s if outcome.batch is None else outcome.batch[0]


def latency(outcomes: Sequence[Outcome], lead_s: float, path: Path) -> None:
    """Draw the latency of every event file over its arrival time, one line per scheduler.

    Args:
        outcomes: the runs.
        lead_s: seconds of stream before the batch.
        path: the PNG to write.
    """
    with picture(path, 14, 8) as figure:
        axes = figure.subplots()
        last = max(o.samples[-1].placed - origin(o, lead_s) for o in outcomes)
        longest = max((o.batch_s or 0.0 for o in outcomes), default=0.0)
        end = max(last, min(longest, 1.3 * last)) + 0.3
        for o in outcomes:
            zero = origin(o, lead_s)
            colour, p50, p99 = o.run.scheduler.colour, duration(o.at_s(50)), duration(o.at_s(99))
            label = f"{o.run.scheduler.title}:  p50 {p50},  p99 {p99}"
            if o.batch_s is not None:
                # Text beside the line would lie upon curves, or upon that of another's.
                label = f"{label},  batch over after {o.batch_s:.1f} s (dotted)"
                axes.axvline(o.batch_s, color=colour, linestyle=":", linewidth=1.8, zorder=1)
            axes.plot(
                [sample.placed - zero for sample in o.samples],
                [sample.latency_s for sample in o.samples],
                color=colour,
                linestyle="--" if o.batch is None else "-",
                linewidth=2.2,
                marker="o",
                markersize=4,
                label=label,
            )
        if longest:
            axes.axvspan(0, longest, color="#f3ead7", zorder=0, label="some batch has work")
        axes.set_yscale("log")
        plain_log(axes.yaxis, FuncFormatter(lambda value, _: tick(value)))
        axes.set_xlabel("arrival of the event, in seconds since the batch work began")
        axes.set_ylabel("latency of the event (log scale)")
        axes.set_title("What a stream's events wait while batch work fills every core")
        axes.grid(True, which="major", alpha=0.35)
        axes.grid(True, which="minor", axis="y", alpha=0.12)
        axes.set_xlim(-lead_s - 0.3, end)
        figure.legend(loc=BELOW, ncols=1, fontsize=14)


def tick(seconds: float) -> str:
    """Return the label of a tick at `seconds`."""
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1000:g} ms"


def timelines(outcomes: Sequence[Outcome], lead_s: float, path: Path) -> None:
    """Draw who had which core, one panel per scheduler, all with the same time scale.

    Args:
        outcomes: the runs.
        lead_s: seconds of stream before the batch.
        path: the PNG to write.
    """
    found = []
    for o in outcomes:
        waited = f"{duration(o.at_s(50))} (p50), {duration(o.at_s(99))} (p99)"
        title = f"{o.run.scheduler.title}:  an event waits {waited}"
        found.append(panel(o.run, title, origin(o, lead_s), BEFORE_S, WINDOW_S - BEFORE_S))
    title = "Who has which core: the same stream and batch under each scheduler"
    span = (-BEFORE_S, WINDOW_S - BEFORE_S)
    panels.draw(path, found, title, "the batch work began", span, SIDES)
