"""What a page shows of a result: its tables, its bars, and what it helps and costs."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from neptune_bench.demo import report as demo
from neptune_bench.harness.layout import LOCAL, Layout
from neptune_bench.harness.record import decoded
from neptune_bench.harness.text import markdown
from neptune_bench.mechanism import report as mechanism
from neptune_bench.mechanism.figures import Result as MechanismResult
from neptune_bench.path import report as path_report
from neptune_bench.path.figures import Result as PathResult
from neptune_bench.path.plan import TASKS
from neptune_bench.policies import report as policies
from neptune_bench.realtime import report as realtime
from neptune_bench.realtime.figures import Result as RealtimeResult
from neptune_bench.realtime.plan import SHARED
from neptune_bench.results.files import layout_words, reader
from neptune_bench.scale import report as scale
from neptune_bench.scale.figures import Result as ScaleResult
from neptune_bench.share import report as share
from neptune_bench.share.figures import Result as ShareResult
from neptune_bench.share.plan import FIFO, NEPTUNE_FAIR, SIDES
from neptune_bench.sweep import points
from neptune_bench.tpch.tables import SHORT
from neptune_bench.unified import bars as unified_bars
from neptune_bench.unified import report as unified
from neptune_bench.unified.figures import Row, Spread, rows
from neptune_bench.unified.report import count, spread
from neptune_bench.unified.result import read
from neptune_bench.unified.schedulers import ALONE

Bar = tuple[str, str, bool]
"""A bar, what was measured, and whether that meets it."""
NONE: Final = "-"


class Line(NamedTuple):
    """A figure under the schedulers.

    Args:
        what: the figure.
        fifo, fair, neptune: what it is.
        is_first: whether the README shows it.
    """

    what: str
    fifo: str
    fair: str
    neptune: str
    is_first: bool = False


class Shown(NamedTuple):
    """What a page shows of a result.

    Args:
        tables: all of it, in Markdown.
        bars: what is asked of it.
        helps: what is better than under Spark's schedulers.
        costs: what that costs.
    """

    tables: str
    bars: Sequence[Bar]
    helps: Sequence[Line] = ()
    costs: Sequence[Line] = ()


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what is shown of a result.json.

    Raises:
        BenchmarkError: if its benchmark is unknown, or another version has written it.
    """
    with reader(found, _SHOWN, "shown") as read_shown:
        return read_shown(found)


def _place(plan: Layout) -> str:
    """Return what tells a line from the same of another layout."""
    return next(iter(layout_words(asdict(plan))), LOCAL)


def _demo(found: Mapping[str, Any]) -> Shown:
    table = found["table"]
    by_name = {row["scheduler"]: row for row in table}

    def line(what: str, key: str, text: Callable[[Any], str], is_first: bool = False) -> Line:
        values = (by_name.get(name, {}).get(key) for name in ("fifo", "fair", "neptune"))
        cells = (NONE if value is None else text(value) for value in values)
        fifo, fair, here = cells
        return Line(what, fifo, fair, here, is_first)

    return Shown(
        f"# Demo: a stream beside a batch\n\n{demo.rendered(table, markdown)}\n\n{demo.CAPTION}",
        demo.bars(table),
        [
            line("a stream beside a batch: p50, over alone", "p50_over_alone", demo.times, True),
            line("a stream beside a batch: p99, over alone", "p99_over_alone", demo.times, True),
        ],
        [
            line(
                "a stream beside a batch: until the batch is done", "batch_s", demo.duration, True
            ),
            line(
                "a stream beside a batch: its core-seconds until then",
                "stream_core_s",
                unified.number,
            ),
            line("a stream beside a batch: tasks re-run", "tasks_rerun", count),
        ],
    )


def _unified(found: Mapping[str, Any]) -> Shown:
    result = read(found)
    place = _place(result.plan)
    by_name = {row.scheduler.name: row for row in rows(result.runs)}
    best = next((name for name in reversed(unified_bars.NEPTUNE) if name in by_name), "")
    title = by_name[best].scheduler.title if best else ""
    has_alone = ALONE in by_name
    asked = unified_bars.of(result.plan.layout, result.workload.stream_kind)
    judged = unified_bars.judged(asked, list(by_name.values()), spread)
    bars = [bar for bar in judged if bar[0].startswith(title)]

    def line(what: str, of: Callable[[Row], Spread | None], is_first: bool = False) -> Line:
        found = (by_name.get(name) for name in ("fifo", "fair", best))
        cells = (spread(of(row)) if row else NONE for row in found)
        fifo, fair, here = cells
        return Line(f"{result.workload.name} ({place}): {what}", fifo, fair, here, is_first)

    return Shown(
        unified.rendered(result),
        bars if has_alone else (),
        [
            line("stream's p50, over alone", lambda row: row.p50_over_alone),
            line("stream's p99, over alone", lambda row: row.p99_over_alone, True),
        ],
        [
            line("batch, over alone", lambda row: row.throughput),
            line("batch, of what the stream leaves", lambda row: row.efficiency, True),
            line("thrown away, core-s", lambda row: row.wasted_core_s),
        ],
    )


def _sweep(found: Mapping[str, Any]) -> Shown:
    results = points.read_all(found)
    return Shown(points.rendered(results), points.judged(results))


def _share(found: Mapping[str, Any]) -> Shown:
    result: ShareResult = decoded(ShareResult, found)
    place = _place(result.plan)
    bars = [
        (f"{SIDES[bar.side].title}: {bar.what}", spread(bar.found), bar.met)
        for bar in result.bars()
    ]

    def line(what: str, of: Callable[[str], Spread | None], is_first: bool = False) -> Line:
        sides = (FIFO, "fair", NEPTUNE_FAIR)
        cells = (spread(of(side)) if side in result.compared else NONE for side in sides)
        fifo, fair, here = cells
        return Line(f"a shared session ({place}, order=fair): {what}", fifo, fair, here, is_first)

    def jain(side: str) -> Spread | None:
        return result.jain(side, statistics.median)

    return Shown(
        share.rendered(result),
        bars,
        [
            line(
                "short queries' p95, over alone",
                lambda side: result.slow_down(side, SHORT, 95),
                True,
            ),
            line("Jain's index of users' core-seconds", jain),
        ],
        [
            line("long queries' makespan, over FIFO's", result.over_fifo, True),
            line("thrown away, core-s", result.thrown_away),
        ],
    )


def _realtime(found: Mapping[str, Any]) -> Shown:
    result = decoded(RealtimeResult, found)
    helps, costs = [], []
    if SHARED in result.together:
        beside = result.beside(SHARED)
        which = f"({'Kafka' if result.plan.kafka else 'in memory'}, {_place(result.plan)})"
        for name, value in (("p50", beside.p50), ("p99", beside.p99)):
            what = f"real-time queries {which}: {name} beside a batch, over alone"
            helps.append(Line(what, NONE, NONE, realtime.ranged(value)))
        what = f"batch beside real-time queries {which}, of what they leave"
        costs.append(Line(what, NONE, NONE, realtime.ranged(beside.kept)))
    return Shown(realtime.rendered(result), realtime.bars(result), helps, costs)


def _policies(found: Mapping[str, Any]) -> Shown:
    result = decoded(policies.Result, found)
    return Shown(policies.rendered(result), policies.bars(result))


def _scale(found: Mapping[str, Any]) -> Shown:
    result = decoded(ScaleResult, found)
    bars = scale.bars(result)
    costs = [Line(f"{bar}: the worst", NONE, NONE, measured) for bar, measured, _ in bars]
    return Shown(scale.rendered(result), bars, (), costs)


def _mechanism(found: Mapping[str, Any]) -> Shown:
    result = decoded(MechanismResult, found)
    bars = mechanism.bars(result)
    costs = [
        Line(f"{mechanism.JOBS[cost.name]}, over stock", NONE, NONE, mechanism.ranged(cost.ratio))
        for cost in result.job_costs
    ]
    return Shown(mechanism.rendered(result), bars, (), costs)


def _path(found: Mapping[str, Any]) -> Shown:
    result = decoded(PathResult, found)
    bars = path_report.bars(result)
    costs = [
        Line(
            f"a preemption, {TASKS[above.tasks]} tasks: longer than idle (p50, p99)",
            *(NONE, NONE, path_report.measured(result, above)),
        )
        for above in result.above
    ]
    return Shown(path_report.rendered(result), bars, (), costs)


_SHOWN: Final[Mapping[str, Callable[[Mapping[str, Any]], Shown]]] = {
    "demo": _demo,
    **dict.fromkeys(("tpch", "ysb", "lda"), _unified),
    "sweep": _sweep,
    "share": _share,
    "realtime": _realtime,
    "policies": _policies,
    "scale": _scale,
    "mechanism": _mechanism,
    "path": _path,
}
