"""What a sweep found: a result for each demand, the table, and result.json."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neptune_bench.compare.noise import Figure
from neptune_bench.harness.text import Column, bar_table, table
from neptune_bench.results.shown import Shown
from neptune_bench.sweep.workload import SHARE
from neptune_bench.unified import bars, figures
from neptune_bench.unified.figures import Row, Spread
from neptune_bench.unified.report import BARS, CAPTION, CELLS, compared_runs, heading, number
from neptune_bench.unified.result import Result, as_json, read
from neptune_bench.unified.schedulers import BATCH_ALONE

MOST_JUDGED: Final = 0.8
"""At higher demands little is left to judge the batch by, and requests overlap even alone."""


def _of(figure: str) -> Callable[[tuple[float, Row]], str]:
    """Return the cell of a figure at a demand."""
    return lambda at: CELLS[figure](at[1])


COLUMNS: Final[Sequence[Column]] = (
    ("demand, scheduler", "{0[0]:.0%}, {0[1].scheduler.title}"),
    *(("stream p50 ms", _of("p50")), ("p99 ms", _of("p99")), ("p50 / alone", _of("p50 over"))),
    *(("p99 / alone", _of("p99 over")), ("batch / batch alone", _of("throughput"))),
    *(("of what is left", _of("efficiency")), ("stream's share", _of("share"))),
    *(("suspensions", _of("suspensions")), ("events in a run", _of("events"))),
    ("first seconds: max ms", _of("first max")),
)


@dataclass(frozen=True)
class Point:
    """The figures at one demand: a row for each scheduler."""

    share: float
    rows: list[Row]


def points(results: Sequence[Result]) -> list[Point]:
    """Return the figures at each demand, in ascending order.

    The batch alone does not depend on the demand: it ran once a round, at a demand of 0, and every
    point is compared with it.
    """
    alone = [run for r in results for run in r.runs if run.scheduler.name == BATCH_ALONE]
    found = []
    for result in results:
        mine = [run for run in result.runs if run.scheduler.name != BATCH_ALONE]
        # Only what has a stream is shown; at 0 % it is the batch alone.
        shown = figures.rows([*mine, *alone])
        rows = [row for row in shown if (row.scheduler.name == BATCH_ALONE) == (not mine)]
        found.append(Point(float(result.plan.options[SHARE]), rows))
    return sorted(found, key=lambda point: point.share)


def rendered(results: Sequence[Result]) -> str:
    """Return table.md."""
    last = results[-1]
    caption = CAPTION.format(repeat=last.plan.repeat, step=last.workload.step_unit)
    rows = [(point.share, row) for point in points(results) for row in point.rows]
    parts = [*heading(last), table(rows, COLUMNS), caption]
    asked = judged(results)
    if asked:
        limits = f"Demands above {MOST_JUDGED:.0%} are not judged."
        parts += [bar_table(asked, BARS), limits]
    return "\n\n".join([*parts, last.checked]) + "\n"


def judged(results: Sequence[Result]) -> list[tuple[str, str, bool]]:
    """Return for each bar: what it is, what was measured at each demand, whether all meet it."""
    found: dict[str, list[tuple[str, bool]]] = {}
    rows_at = {point.share: point.rows for point in points(results)}
    for result in results:
        share = float(result.plan.options[SHARE])
        if not 0 < share <= MOST_JUDGED:
            continue
        asked = bars.of(result.plan.layout, result.workload.stream_kind)
        for bar, value, met in bars.judged(asked, rows_at[share], _median):
            found.setdefault(bar, []).append((f"{value} at {share:.0%}", met))
    return [
        (bar, ", ".join(value for value, _ in values), all(met for _, met in values))
        for bar, values in found.items()
    ]


def _median(found: Spread) -> str:
    return number(found.median)


def write(path: Path, results: Sequence[Result]) -> None:
    """Write result.json: the results at all demands, with every latency sample."""
    table = [
        {"share": point.share, **dataclasses.asdict(row), "scheduler": row.scheduler.name}
        for point in points(results)
        for row in point.rows
    ]
    found = [as_json(result) for result in results]
    # What all demands have in common.
    settings = dataclasses.asdict(results[0].plan)
    for of_one in ("options", "schedulers"):
        del settings[of_one]
    same = (
        "benchmark",
        "title",
        "versions",
        "machine",
        "load_before",
        "seconds",
        "stream",
        "batch",
    )
    shared = {key: found[0][key] for key in same}
    each = [{k: v for k, v in one.items() if k not in same} for one in found]
    whole = {**shared, "settings": settings, "table": table, "points": each}
    path.write_text(json.dumps(whole, indent=1) + "\n")


def read_all(found: Mapping[str, Any]) -> list[Result]:
    """Return the results that `write` has written, one for each demand."""
    return [read({**found, **point}) for point in found["points"]]


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    results = read_all(found)
    return Shown(rendered(results), judged(results))


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    for one in read_all(found):
        yield from compared_runs(one, f"{one.plan.options[SHARE]:.0%}, ")
