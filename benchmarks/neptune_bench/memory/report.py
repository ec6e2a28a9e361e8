"""The tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from neptune_bench.compare.figures import singles
from neptune_bench.compare.noise import Figure
from neptune_bench.harness import layout
from neptune_bench.harness.machine import busy
from neptune_bench.harness.record import decoded
from neptune_bench.harness.text import bar_table, markdown
from neptune_bench.memory.figures import FIGURES, Line, Result, Side
from neptune_bench.memory.plan import NEPTUNE, PARTS, SIDES, STOCK
from neptune_bench.results.shown import Shown

TITLE: Final = "Memory while an application goes on"
NONE: Final = "-"
CAPTION: Final = (
    "What processes keep after full collections, while nothing runs. *Growth* is that of a "
    "straight line through all looks, by least squares, with its 95 % interval; it is more than "
    "noise if the interval is above 0. *First* and *last* are the first and the last look."
)
ASKED: Final = "grows by no more than noise, or than with stock Spark"


def rendered(result: Result) -> str:
    """Return all tables, in Markdown."""
    parts = [f"# {TITLE}", where(result)]
    parts += filter(None, [busy(result.load_before), *layout.remarks(result.machine)])
    for part in PARTS:
        parts += [f"## {result.plan.counted(part):,} {part}", table(result, part)]
    return "\n\n".join([*parts, CAPTION, bar_table(bars(result), "bar", "**missed**")])


def where(result: Result) -> str:
    """Return who had which processors, and what has happened there."""
    said = [
        f"{SIDES[side.side]}: {side.suspensions:,} suspensions"
        for side in result.sides
        if side.side != STOCK
    ]
    return "; ".join([layout.described(result.plan, result.cores), *said])


def table(result: Result, part: str) -> str:
    """Return a row for each figure and side."""
    rows: list[tuple[str, ...]] = [("", "", "first", "last", f"growth per 1,000 {part}", "")]
    for figure, name in FIGURES.items():
        for side in result.sides:
            points, line = side.points(part, figure), side.line(part, figure)
            # Stock Spark has no objects of Neptune's.
            if line is None or not any(value for _, value in points):
                continue
            verdict = "**grows**" if line.grows else "noise"
            ends = [f"{value:,.1f}" for _, value in (points[0], points[-1])]
            rows.append((name, SIDES[side.side], *ends, shown_line(line), verdict))
    return markdown(rows)


def shown_line(line: Line) -> str:
    """Return a slope and its interval."""
    return f"{line.slope:+.3f} [{line.low:+.3f}, {line.high:+.3f}]"


def bars(result: Result) -> list[tuple[str, str, bool]]:
    """Return what is asked of Neptune: (the bar, what was measured, whether it is met)."""
    sides = {side.side: side for side in result.sides}
    if NEPTUNE not in sides:
        return []
    found = []
    for part in PARTS:
        for figure, name in FIGURES.items():
            line = sides[NEPTUNE].line(part, figure)
            if line is not None:
                bar = f"{part}: {name} {ASKED}"
                found.append((bar, shown_line(line), line.low <= allowed(sides, part, figure)))
    return found


def allowed(sides: Mapping[str, Side], part: str, figure: str) -> float:
    """Return by how much a figure grows at most with stock Spark; 0 if that was not seen."""
    line = sides[STOCK].line(part, figure) if STOCK in sides else None
    return 0.0 if line is None else max(0.0, line.high)


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    result = decoded(Result, found)
    return Shown(rendered(result), bars(result))


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    for side in decoded(Result, found).sides:
        for part in PARTS:
            for figure, name in FIGURES.items():
                if points := side.points(part, figure):
                    what = f"{SIDES[side.side]}, after the {part}: {name}"
                    yield singles(what, [points[-1][1]])
