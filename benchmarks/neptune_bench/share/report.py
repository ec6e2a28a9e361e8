"""The tables."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from neptune_bench.compare.figures import latencies, singles
from neptune_bench.compare.noise import Figure
from neptune_bench.harness import layout
from neptune_bench.harness.bootstrap import apart
from neptune_bench.harness.machine import busy
from neptune_bench.harness.record import decoded
from neptune_bench.harness.text import markdown, table, versions_text
from neptune_bench.results.shown import NONE, Line, Shown, line, place
from neptune_bench.share.figures import LENGTHS, Result, slow_downs
from neptune_bench.share.plan import ALONE, FIFO, NEPTUNE_FAIR, SIDES
from neptune_bench.tpch.tables import SHORT
from neptune_bench.unified.figures import Spread
from neptune_bench.unified.report import count, number, spread

CAPTION: Final = (
    "Rounds of runs: {repeat}; medians (minimum to maximum). *Slow-down* is the time from when a "
    "query is due until it is answered, relative to the median of the same query alone in the same "
    "round; for a micro-batch, it is that of its execution time. *Jain's index* is that of the "
    "users' core-seconds in windows of {window:g} s in which all users of long queries had work; "
    "other users are included if they had work all the time. The columns have each round's median "
    "and minimum. *Makespan* is the time until the last long query is done. *Thrown away* are "
    "core-seconds of task attempts without a result. All core-seconds come from the tasks' times "
    "in Spark's event log, minus the time in which they were suspended."
)


def rendered(result: Result) -> str:
    """Return all tables, in Markdown."""
    plan = result.plan
    cores = max(run.cores for run in result.runs)
    where = (
        f"{layout.described(plan, cores)}; TPC-H scale {plan.scale:g}; "
        f"{plan.long_users} users of {plan.queries} long queries each, "
        f"{plan.short_users} of {plan.rate:g} short ones per second each; "
        f"seed {plan.seed}. {result.machine['processor']}, {result.machine['cpus']} processors, "
        f"{result.load_before:.1f} in use before. "
        f"{versions_text(result.versions)}."
    )
    parts = ["# Sharing a session", where, *layout.remarks(result.machine)]
    parts += filter(None, [busy(result.load_before)])
    parts += [slow_table(result), core_table(result)]
    parts.append(CAPTION.format(repeat=plan.repeat, window=plan.window_s))
    bars = result.bars()
    if bars:
        rows = [
            (SIDES[bar.side].title, bar.what, spread(bar.found), "met" if bar.met else "missed")
            for bar in bars
        ]
        parts.append(markdown([("side", "bar", "measured", ""), *rows]))
    return "\n\n".join([*parts, result.checked])


def slow_table(result: Result) -> str:
    """Return a row for each side and length of queries."""
    rows: list[tuple[str, ...]] = [("slow-down under", "queries", "number", "p50", "p95", "p99")]
    for side in result.compared:
        for length in LENGTHS:
            count_of = sum(s.length == length for run in result.of(side) for s in run.samples)
            figures = (spread(result.slow_down(side, length, q)) for q in (50, 95, 99))
            rows.append((SIDES[side].title, length, count(count_of), *figures))
    return markdown(rows)


def core_table(result: Result) -> str:
    """Return a row for each side: who had the cores, and what it cost."""

    def makespan(side: str) -> str:
        return number(statistics.median(run.makespan_s for run in result.of(side)))

    return table(
        result.compared,
        [
            ("cores under", lambda side: SIDES[side].title),
            ("Jain's index", lambda side: spread(result.jain(side, statistics.median))),
            ("least", lambda side: spread(result.jain(side, min))),
            *(("makespan, s", makespan), ("over FIFO's", lambda s: spread(result.over_fifo(s)))),
            ("thrown away, core-s", lambda side: spread(result.thrown_away(side))),
            ("killed", lambda side: str(sum(run.killed for run in result.of(side)))),
            ("suspensions", lambda side: str(sum(run.suspensions for run in result.of(side)))),
        ],
    )


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    result: Result = decoded(Result, found)
    where = f"a shared session ({place(result.plan)}, order=fair)"

    def of(what: str, figure: Callable[[str], Spread | None], first: bool = False) -> Line:
        def cell(side: str) -> str:
            return spread(figure(side)) if side in result.compared else NONE

        return line(f"{where}: {what}", cell, (FIFO, "fair", NEPTUNE_FAIR), first)

    slow_down = functools.partial(result.slow_down, length=SHORT, q=95)
    jain = functools.partial(result.jain, figure=statistics.median)
    return Shown(
        rendered(result),
        [(f"{SIDES[b.side].title}: {b.what}", spread(b.found), b.met) for b in result.bars()],
        [
            of("short queries' p95, over alone", slow_down, True),
            of("Jain's index of users' core-seconds", jain),
        ],
        [
            of("long queries' makespan, over FIFO's", result.over_fifo, True),
            of("thrown away, core-s", result.thrown_away),
        ],
    )


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    result = decoded(Result, found)
    for side in result.compared:
        title = SIDES[side].title
        pairs = list(zip(result.of(side), result.of(ALONE), strict=True))
        for length in LENGTHS:
            rounds = [apart(slow_downs(run, alone, length)) for run, alone in pairs]
            yield from latencies(f"{title}: slow-down of {length}", rounds, percentiles=(50, 95))
        yield singles(f"{title}: makespan, s", [run.makespan_s for run, _ in pairs])
