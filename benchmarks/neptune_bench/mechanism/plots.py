"""The picture: latencies over the cost of a record, and what it costs when nobody suspends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from neptune_bench.harness.pictures import BELOW, halves, picture
from neptune_bench.mechanism.figures import Cost, Latency, Result
from neptune_bench.mechanism.plan import (
    C_CALL,
    CODE,
    GATE,
    JVM,
    JVM_BATCHES,
    STOP,
    THREAD,
    size_name,
)
from neptune_bench.mechanism.report import GOAL, JOBS, VARIANTS

COLOURS: Final = {
    GATE: "#1b7f79",
    STOP: "#e08e0b",
    THREAD: "#d1495b",
    JVM: "#3b6fb6",
    JVM_BATCHES: "#7a5195",
}
MARKERS: Final = {GATE: "o", STOP: "s", THREAD: "^", JVM: "D", JVM_BATCHES: "v"}
JOB_COLOUR: Final = "#444444"
TRIVIAL_AT_US: Final = 1
# What the panels of ratios show at least, and at most.
NARROW: Final = (0.96, 1.06)
WIDE: Final = (0.85, 1.25)


def draw(result: Result, path: Path) -> None:
    """Draw the result into a PNG: latencies above, costs below."""
    with picture(path, 18, 12) as figure:
        upper, lower = halves(figure, 1.25, 1)
        latency_panels(upper.subplots(1, 3), result)
        records, jobs = lower.subplots(1, 2)
        record_panel(records, result.worker_costs)
        job_panel(jobs, result.job_costs)
        upper.suptitle("Suspending a task: how long it takes, and what it costs if nobody does it")
        lower.legend(handles=legend(result), loc=BELOW, ncols=4)


def latency_panels(panels: Sequence[Axes], result: Result) -> None:
    """Draw the three panels of latencies, all on the same scales."""
    contents = (
        ("Suspend: records are Python (JVM: Java) code", CODE, "suspend_ms"),
        ("Suspend: each record is one C call", C_CALL, "suspend_ms"),
        ("Resume: records are Python (JVM: Java) code", CODE, "resume_ms"),
    )
    for axes, (title, kind, name) in zip(panels, contents, strict=True):
        rows = [row for row in result.latencies if row.kind == kind]
        for variant in VARIANTS:
            of_variant = sorted(
                (row for row in rows if row.variant == variant), key=lambda row: row.size_us
            )
            if of_variant:
                line(axes, variant, of_variant, name)
        axes.set_title(title)
    everything = [
        value
        for row in result.latencies
        for times in (row.suspend_ms, row.resume_ms)
        for value in (times.p50, times.p99)
    ]
    sizes = sorted({row.size_us for row in result.latencies})
    for axes in panels:
        scale(axes, sizes, min(everything) / 1.5, max(everything) * 1.5)
    for axes in panels[:2]:
        whole_record(axes, sizes)
    panels[0].set_ylabel("from request to acknowledgement")


def line(axes: Axes, variant: str, rows: Sequence[Latency], name: str) -> None:
    """Draw one variant: its median, and its 99th percentile."""
    places = [place(row.size_us) for row in rows]
    p50, p99 = ([getattr(getattr(row, name), q) for row in rows] for q in ("p50", "p99"))
    colour = COLOURS[variant]
    axes.plot(places, p50, color=colour, linewidth=2.4, marker=MARKERS[variant], markersize=7)
    axes.plot(places, p99, color=colour, linewidth=1.4, linestyle="--", alpha=0.75)


def place(size_us: int) -> int:
    """Return where a size lies on the axis."""
    return size_us or TRIVIAL_AT_US


def scale(axes: Axes, sizes_us: Sequence[int], least_ms: float, greatest_ms: float) -> None:
    """Give the panel its logarithmic scales."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(least_ms, greatest_ms)
    axes.set_xticks([place(size) for size in sizes_us], [size_name(size) for size in sizes_us])
    axes.set_xticks([], minor=True)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    axes.set_xlabel("cost of a record")
    axes.grid(True, which="major", alpha=0.35)
    axes.grid(True, which="minor", axis="y", alpha=0.12)


def whole_record(axes: Axes, sizes_us: Sequence[int]) -> None:
    """Draw where the latency is a record's whole cost."""
    bottom, top = axes.get_ylim()
    left, right = axes.get_xlim()
    ends = max(left, bottom * 1000), min(right, top * 1000)
    axes.plot(ends, [x / 1000 for x in ends], color="#999999", linestyle=":", zorder=1)
    axes.set_xlim(left, right)
    low = ends[0] * 1.9
    axes.text(low * 1.2, low / 1000, "one record", color="#777777", ha="left", va="top")


def tick(milliseconds: float) -> str:
    """Return the label of a tick."""
    return f"{milliseconds:g} ms" if milliseconds >= 0.1 else f"{milliseconds * 1000:g} us"


def record_panel(axes: Axes, costs: Sequence[Cost]) -> None:
    """Draw what a record costs under each variant, over what the plain function costs."""
    shown = ratios(axes, costs)
    sizes = list(dict.fromkeys(cost.size_us for cost in costs))
    variants = list(dict.fromkeys(cost.name for cost in costs))
    for number, variant in enumerate(variants):
        shift = 0.06 * (2 * number - len(variants) + 1)
        for index, size in enumerate(sizes):
            for cost in costs:
                if (cost.name, cost.size_us) == (variant, size):
                    colour, marker = COLOURS[variant], MARKERS[variant]
                    point(axes, shown, index + shift, cost, colour, marker, -1 if shift < 0 else 1)
    axes.set_xticks(range(len(sizes)), [size_name(size or 0) for size in sizes])
    axes.set_xlabel("cost of a record")
    axes.set_title("Nobody suspends: a Python record, over the plain function")
    axes.set_xlim(-0.6, len(sizes) - 0.4)


def job_panel(axes: Axes, costs: Sequence[Cost]) -> None:
    """Draw what each job costs on Neptune, over stock Spark."""
    shown = ratios(axes, costs)
    for index, cost in enumerate(costs):
        point(axes, shown, index, cost, JOB_COLOUR, "o")
    names = [JOBS[cost.name].replace(": ", ":\n").replace(", ", ",\n") for cost in costs]
    axes.set_xticks(range(len(costs)), names, fontsize=11)
    axes.set_title("Nobody suspends: a job with Neptune, over stock Spark")
    axes.set_xlim(-0.5, len(costs) - 0.3)


def ratios(axes: Axes, costs: Sequence[Cost]) -> tuple[float, float]:
    """Give a panel of ratios its scale and the lines to compare with; return what it shows."""
    near = [cost.ratio for cost in costs if WIDE[0] <= cost.ratio.ratio <= WIDE[1]]
    least = min([NARROW[0], *(ratio.least - 0.005 for ratio in near)])
    greatest = max([NARROW[1], *(ratio.greatest + 0.005 for ratio in near)])
    shown = max(least, WIDE[0]), min(greatest, WIDE[1])
    axes.set_ylim(*shown)
    axes.axhline(1.0, color="#222222", linewidth=1.4, zorder=1)
    axes.axhline(GOAL, color="#222222", linewidth=1.2, linestyle="--", zorder=1)
    label = f" goal: {GOAL}"
    axes.text(0, GOAL, label, transform=axes.get_yaxis_transform(), fontsize=11, va="bottom")
    axes.set_ylabel("times as long")
    axes.grid(True, axis="y", alpha=0.3)
    return shown


def point(
    axes: Axes,
    shown: tuple[float, float],
    at: float,
    cost: Cost,
    colour: str,
    marker: str,
    side: int = 1,
) -> None:
    """Draw one ratio and its range.

    Args:
        axes: the panel.
        shown: what the panel shows; a ratio beyond that is written at the panel's edge.
        at: where.
        cost: what to draw.
        colour, marker: how.
        side: on which side to write the ratio: 1 for the right, -1 for the left.
    """
    ratio = cost.ratio
    inside = min(max(ratio.ratio, shown[0]), shown[1])
    is_shown = inside == ratio.ratio
    axes.plot([at, at], [ratio.least, ratio.greatest], color=colour, linewidth=5, alpha=0.35)
    axes.plot([at], [inside], color=colour, marker=marker, markersize=10, clip_on=False)
    down = {shown[0]: 10, shown[1]: -10}.get(inside, 0)
    axes.annotate(
        f"{ratio.ratio:.3f}" if is_shown else f"{ratio.ratio:.2f}, off scale",
        (at, inside),
        xytext=(9 * side, down),
        textcoords="offset points",
        ha="left" if side > 0 else "right",
        va="center",
        bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1},
        color=colour,
        fontsize=11,
    )


def legend(result: Result) -> list[Line2D]:
    """Return the legend's entries."""
    used = {row.variant for row in result.latencies}
    entries = [
        Line2D([], [], color=COLOURS[name], marker=MARKERS[name], linewidth=2.4, label=label)
        for name, label in VARIANTS.items()
        if name in used
    ]
    grey = "#555555"
    entries.append(Line2D([], [], color=grey, linewidth=2.4, label="line: p50"))
    entries.append(Line2D([], [], color=grey, linewidth=1.2, linestyle="--", label="dashed: p99"))
    entries.append(
        Line2D([], [], color=grey, linewidth=5, alpha=0.35, label="bar: minimum to maximum")
    )
    return entries
