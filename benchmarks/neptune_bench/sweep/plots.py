"""The picture: stream latency and batch throughput over the stream's demand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from neptune_bench.harness.pictures import BELOW, picture, plain_log
from neptune_bench.sweep.report import Point
from neptune_bench.unified.figures import Spread
from neptune_bench.unified.schedulers import BATCH_ALONE, SCHEDULERS, Scheduler

PICTURE: Final = "sweep.png"


def draw(points: Sequence[Point], out: Path) -> list[str]:
    """Draw the sweep into the directory `out`; return the picture's name."""
    names = {row.scheduler.name for point in points for row in point.rows} - {BATCH_ALONE}
    shown = [scheduler for scheduler in SCHEDULERS.values() if scheduler.name in names]
    titles = {
        "p50_ms": "stream, p50 in ms",
        "p99_ms": "stream, p99 in ms",
        "throughput": "batch, over the batch alone",
    }
    with picture(out / PICTURE, 21, 7) as figure:
        panels = figure.subplots(1, 3, sharex=True)
        for axes, (field, title) in zip(panels, titles.items(), strict=True):
            for scheduler in shown:
                _curve(axes, points, scheduler, field)
            axes.set(title=title, xlabel="the stream's demand, of all cores")
            axes.xaxis.set_major_formatter(PercentFormatter(1.0))
            axes.grid(True, alpha=0.3)
        for axes in panels[:2]:
            axes.set_yscale("log")
            plain_log(axes.yaxis)
        panels[2].plot([0, 1], [1, 0], color="#777777", linestyle=":", label="all that is left")
        panels[2].set_ylim(bottom=0)
        known: dict[str, Artist] = {}
        for axes in (panels[0], panels[2]):
            handles, labels = axes.get_legend_handles_labels()
            known = {**dict(zip(labels, handles, strict=True)), **known}
        figure.legend(known.values(), known.keys(), loc=BELOW, ncols=7)
        figure.suptitle("A stream that needs more and more of the cores")
    return [PICTURE]


def _curve(axes: Axes, points: Sequence[Point], scheduler: Scheduler, field: str) -> None:
    """Draw a figure of one scheduler over the demand, with the range of the runs."""
    found: list[tuple[float, Spread]] = []
    for point in points:
        for row in point.rows:
            value = getattr(row, field)
            if value is not None and row.scheduler is scheduler:
                found.append((point.share, value))
    if not found:
        return
    shares = [share for share, _ in found]
    axes.plot(
        shares,
        [value.median for _, value in found],
        color=scheduler.colour,
        linestyle="-" if scheduler.has_batch else "--",
        linewidth=2.2,
        marker="o",
        label=scheduler.title,
    )
    least, greatest = [v.least for _, v in found], [v.greatest for _, v in found]
    axes.fill_between(shares, least, greatest, color=scheduler.colour, alpha=0.15, linewidth=0)
