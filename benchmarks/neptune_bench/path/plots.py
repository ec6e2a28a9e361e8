"""The picture: the median of each step, stacked, and its 99th percentile beside that."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from matplotlib.axes import Axes

from neptune_bench.harness.pictures import BELOW, picture
from neptune_bench.path.figures import Result, Side
from neptune_bench.path.instants import STEPS
from neptune_bench.path.plan import SATURATED, TASKS
from neptune_bench.path.report import TITLE, where

# Driver: blue; on the way: grey; executor: red and orange.
COLOURS: Final = dict(
    zip(
        STEPS,
        (
            *("#9ecae1", "#4292c6", "#08519c", "#bdbdbd", "#d1495b"),
            *("#737373", "#6baed6", "#2171b5", "#e08e0b", "#a63603", "#fdd0a2"),
        ),
        strict=True,
    )
)
THICKNESS: Final = 0.62


def draw(result: Result, path: Path) -> None:
    """Draw the result into the PNG `path`."""
    full = [side for side in result.sides if side.side == SATURATED]
    with picture(path, 18, 8) as figure:
        left, right = figure.subplots(1, 2, width_ratios=(1.3, 1))
        medians(left, result.sides)
        tails(right, full)
        what = "from the submission of a task set to its first record"
        figure.suptitle(f"{TITLE}: {what}\n{where(result)}", fontsize=16)
        figure.legend(loc=BELOW, ncols=5)


def medians(axes: Axes, sides: tuple[Side, ...]) -> None:
    """Draw a bar for each side: its steps' medians, one after the other."""
    ends = [0.0] * len(sides)
    for name, text in STEPS.items():
        widths = [side.step(name, 50) or 0.0 for side in sides]
        axes.barh(
            range(len(sides)),
            widths,
            left=ends,
            height=THICKNESS,
            color=COLOURS[name],
            edgecolor="white",
            linewidth=0.5,
            label=text,
        )
        ends = [end + width for end, width in zip(ends, widths, strict=True)]
    for row, (side, end) in enumerate(zip(sides, ends, strict=True)):
        said = f"  in all: p50 {side.total(50):.2f}, p99 {side.total(99):.2f}"
        axes.text(end, row, said, va="center")
    axes.set_yticks(range(len(sides)), [f"{TASKS[s.tasks]},\n{s.side}" for s in sides])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.6 * max(ends))
    axes.set(xlabel="milliseconds", title="Median of each step")
    axes.grid(True, axis="x", alpha=0.3)


def tails(axes: Axes, sides: list[Side]) -> None:
    """Draw the 99th percentile of each step on saturated sessions, sides beside each other."""
    height = 0.8 / len(sides)
    for number, side in enumerate(sides):
        found = [side.step(name, 99) for name in STEPS]
        rows = [row + (number - (len(sides) - 1) / 2) * height for row in range(len(STEPS))]
        bars = axes.barh(
            rows,
            [value or 0.0 for value in found],
            height=0.9 * height,
            color=list(COLOURS.values()),
            hatch="" if number == 0 else "//",
            edgecolor="white",
        )
        labels = ["" if v is None else f" {TASKS[side.tasks]} {v:.2f}" for v in found]
        axes.bar_label(bars, labels, fontsize=10)
    axes.set_yticks(range(len(STEPS)), list(STEPS.values()))
    axes.invert_yaxis()
    axes.margins(x=0.2)
    axes.set(xlabel="milliseconds", title="99th percentile of each step, saturated")
    axes.grid(True, axis="x", alpha=0.3)
