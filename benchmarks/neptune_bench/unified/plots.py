"""The pictures: what the stream's events waited, who had which core, and what the batch got."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes

from neptune_bench.harness import panels, timeline
from neptune_bench.harness.layout import placed
from neptune_bench.harness.pictures import BELOW, picture, plain_log
from neptune_bench.unified import bars, figures
from neptune_bench.unified.figures import Row, Spread
from neptune_bench.unified.report import number
from neptune_bench.unified.result import Result
from neptune_bench.unified.runner import Run
from neptune_bench.unified.schedulers import BATCH

WINDOW_S: Final = 8.0
BEFORE_S: Final = 0.5
SIDES: Final = {**panels.STREAM_SIDE, BATCH: ("batch task", "#4c78a8")}


def draw(result: Result, runs: Sequence[Run], out: Path) -> list[str]:
    """Draw all pictures into the directory `out`; return their names."""
    rows = figures.rows(result.runs)
    names = []
    if any(row.samples for row in rows):
        latency(result, rows, out / "latency.png")
        names.append("latency.png")
    timelines(result, runs, out / "timeline.png")
    names.append("timeline.png")
    if any(row.throughput for row in rows):
        throughput(result, rows, out / "throughput.png")
        names.append("throughput.png")
    return names


def latency(result: Result, rows: Sequence[Row], path: Path) -> None:
    """Draw the distribution of all events' latencies, and a box for each scheduler."""
    rows = [row for row in rows if row.samples]
    pooled = {
        row.scheduler.name: [
            ms for run in result.runs if run.scheduler is row.scheduler for ms in run.latencies_ms
        ]
        for row in rows
    }
    with picture(path, 18, 8) as figure:
        left, right = figure.subplots(1, 2, sharex=True)
        for row in rows:
            s, style = row.scheduler, "-" if row.scheduler.has_batch else "--"
            left.ecdf(pooled[s.name], color=s.colour, linewidth=2.2, linestyle=style, label=s.title)
        left.set(ylabel="share of the events", title="Distribution")
        figure.legend(loc=BELOW, ncols=4)
        boxes = right.boxplot(
            [pooled[row.scheduler.name] for row in rows],
            orientation="horizontal",
            whis=(1, 99),
            widths=0.6,
            patch_artist=True,
            tick_labels=[row.scheduler.title for row in rows],
            flierprops={"marker": ".", "markersize": 4, "alpha": 0.5},
            medianprops={"color": "black"},
        )
        for box, row in zip(boxes["boxes"], rows, strict=True):
            box.set_facecolor((row.scheduler.colour, 0.6))
        right.invert_yaxis()
        right.set_title("Quartiles; whiskers from p1 to p99")
        for axes in (left, right):
            axes.set(xscale="log", xlabel="latency, ms (log scale)")
            plain_log(axes.xaxis)
            axes.grid(True, alpha=0.3)
        figure.suptitle(f"{result.workload.title}: what the stream waits{placed(result.plan)}")


def timelines(result: Result, runs: Sequence[Run], path: Path) -> None:
    """Draw who had which core in the first round, one panel per scheduler, all with one scale."""
    last_s = min(WINDOW_S, result.plan.duration_s)
    # Arrivals are the same in all runs.
    arrivals = [at for run in result.runs for at, _ in run.samples]
    first_s = min(arrivals, default=0.0)
    position = {name: number for number, name in enumerate(result.plan.schedulers)}
    chosen = sorted((r for r in runs if r.repeat == 0), key=lambda r: position[r.scheduler.name])
    found = [
        panel(run, run.scheduler.title, run.begin + first_s, BEFORE_S, last_s) for run in chosen
    ]
    title = f"{result.workload.title}: who has which core{placed(result.plan)}"
    since = "the first event that counts arrived"
    panels.draw(path, found, title, since, (-BEFORE_S, last_s), SIDES)


def panel(run: Run, title: str, zero: float, before_s: float, last_s: float) -> panels.Panel:
    """Return a run's panel; the cores of several applications are below one another.

    Args:
        run: which.
        title: of the panel.
        zero: the epoch second that is zero in the picture.
        before_s, last_s: the seconds before and after it that are shown.
    """
    begin, end = zero - before_s, zero + last_s
    built = timeline.stacked([timeline.build(log, begin, end) for log in run.logs])
    samples = [sample for answer in run.answers for sample in answer["samples"]]
    spans = [(s["arrival"], s["arrival"] + s["latency_ms"] / 1000) for s in samples]
    waits = [(at, count) for at, count in timeline.waiting(spans) if at <= end]
    # What waits at the end of the picture waits until there.
    steps = [*waits, (end, waits[-1][1])] if waits else []
    return panels.Panel(title, run.scheduler.colour, zero, built, steps)


def throughput(result: Result, rows: Sequence[Row], path: Path) -> None:
    """Draw the batch's throughput over that of the batch alone, in all and of what was left."""
    rows = [row for row in rows if row.throughput]
    asked = bars.of(result.plan.layout, result.workload.stream_kind)
    with picture(path, 18, 1.8 + 0.62 * len(rows)) as figure:
        left, right = figure.subplots(1, 2, sharey=True)
        _bars(left, rows, [row.throughput for row in rows])
        left.set_title("in all")
        _bars(right, rows, [row.efficiency for row in rows])
        if not asked.of_processes:
            right.axvline(asked.batch, color="#777777", linestyle=":")
        right.set_title("per core-second that the stream left")
        left.set_yticks(range(len(rows)), [row.scheduler.title for row in rows])
        left.invert_yaxis()
        what = "what the batch does, over it alone"
        figure.suptitle(f"{result.workload.title}: {what}{placed(result.plan)}")


def _bars(axes: Axes, rows: Sequence[Row], found: Sequence[Spread | None]) -> None:
    values = [spread or Spread(0.0, 0.0, 0.0) for spread in found]
    medians = [value.median for value in values]
    ranges = [
        [value.median - value.least for value in values],
        [value.greatest - value.median for value in values],
    ]
    colours = [row.scheduler.colour for row in rows]
    made = axes.barh(range(len(rows)), medians, 0.7, xerr=ranges, color=colours, capsize=4)
    axes.axvline(1.0, color="#777777", zorder=0.5)
    background = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    axes.bar_label(made, [number(value) for value in medians], padding=6, bbox=background)
    axes.set_xlim(0, 1.15 * max([1.0, *(value.greatest for value in values)]))
    axes.grid(True, axis="x", alpha=0.3)
