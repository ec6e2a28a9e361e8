"""The tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from typing import Any, Final

from neptune_bench.compare.figures import latencies, ratios, singles
from neptune_bench.compare.noise import Figure
from neptune_bench.harness import layout
from neptune_bench.harness.bootstrap import apart
from neptune_bench.harness.machine import busy
from neptune_bench.harness.record import decoded
from neptune_bench.harness.text import markdown, table, versions_text
from neptune_bench.realtime.figures import Result, Run, kept
from neptune_bench.realtime.plan import ALONE, BATCH_ALONE, SHARED
from neptune_bench.results.shown import Shown, here, place
from neptune_bench.ysb.services import BROKER

LATENCY_GOAL: Final = 1.2
KEPT_GOAL: Final = 0.9


def rendered(result: Result) -> str:
    """Return all tables, in Markdown."""
    return "\n\n".join(
        (
            "# Real-time queries beside a batch",
            where(result),
            *layout.remarks(result.machine),
            *filter(None, [busy(result.load_before)]),
            "Medians over the rounds. *Processors* is how many of the tasks' processors were in "
            "use, on average:",
            run_table(result),
            "The queries' latencies beside the batch, relative to the queries alone; and the "
            "batch's work, relative to what it would do in the processor time that the queries "
            "alone leave:",
            ratio_table(result),
        )
    )


def where(result: Result) -> str:
    """Return where the runs were made, and what they are."""
    plan = result.plan
    tasks = f"{plan.query_tasks} task{'s' if plan.query_tasks > 1 else ''}"
    queries = "one query that counts" if plan.counts else f"{plan.queries} queries"
    servers = [BROKER] if plan.kafka else []
    said = (
        f"{layout.described(plan, result.cores, servers)}; {queries}, with {tasks}; "
        f"{plan.rate:g} events per second {'by Kafka' if plan.kafka else 'in memory'} for "
        f"{plan.duration_s:g} s, after {plan.warm_s:g} s of warm-up; seed {plan.seed}. "
        f"{versions_text(result.versions)}."
    )
    if result.cores > result.processors:
        said += (
            " Each task of a query holds a core as long as it runs, so the worker has more cores "
            "than processors."
        )
    return said


def run_table(result: Result) -> str:
    """Return a row for each side."""
    return table(
        [(side, result.of(side)) for side in result.plan.sides],
        [
            *(("side", "{0[0]}"), ("p50, ms", lambda of: middle(of[1], 50))),
            ("p99, ms", lambda of: middle(of[1], 99)),
            ("events", lambda of: str(sum(len(run.latencies_ms) for run in of[1]))),
            ("batch, jobs/s", lambda of: f"{statistics.median(r.jobs_per_s for r in of[1]):.3f}"),
            ("processors", lambda of: _used(of[1])),
            ("suspensions", lambda of: str(sum(run.suspensions for run in of[1]))),
        ],
    )


def _used(runs: list[Run]) -> str:
    known = [run.cores for run in runs if run.cores is not None]
    return f"{statistics.median(known):.2f}" if known else "-"


def middle(runs: list[Run], q: float) -> str:
    """Return the median over the runs of a percentile."""
    known = [run.at(q) for run in runs if run.latencies_ms]
    return f"{statistics.median(known):.1f}" if known else ""


def ratio_table(result: Result) -> str:
    """Return a row for each side that has both."""
    rows = [("side", f"p50 (goal {LATENCY_GOAL})", "p99", f"batch kept (goal {KEPT_GOAL})")]
    for side in result.together:
        found = result.beside(side)
        rows.append((side, ranged(found.p50), ranged(found.p99), ranged(found.kept)))
    return markdown(rows)


def bars(result: Result) -> list[tuple[str, str, bool]]:
    """Return what is asked of shared cores: (the bar, what was measured, whether it is met)."""
    if SHARED not in result.together:
        return []
    found = result.beside(SHARED)
    at_most = f"at most {LATENCY_GOAL:g} x the queries alone"
    made = [
        (f"p50 {at_most}", ranged(found.p50), found.p50[0] <= LATENCY_GOAL),
        (f"p99 {at_most}", ranged(found.p99), found.p99[0] <= LATENCY_GOAL),
    ]
    if found.kept is not None:
        bar = f"batch at least {KEPT_GOAL:g} x of what the queries leave"
        made.append((bar, ranged(found.kept), found.kept[0] >= KEPT_GOAL))
    return made


def ranged(value: tuple[float, float, float] | None) -> str:
    """Return a median and its range as a person reads them; "-" for None."""
    if value is None:
        return "-"
    return f"{value[0]:.2f} ({value[1]:.2f} to {value[2]:.2f})"


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    result = decoded(Result, found)
    helps, costs = [], []
    if SHARED in result.together:
        beside = result.beside(SHARED)
        which = f"({'Kafka' if result.plan.kafka else 'in memory'}, {place(result.plan)})"
        for name, value in (("p50", beside.p50), ("p99", beside.p99)):
            what = f"real-time queries {which}: {name} beside a batch, over alone"
            helps.append(here(what, ranged(value)))
        what = f"batch beside real-time queries {which}, relative to what they leave"
        costs.append(here(what, ranged(beside.kept)))
    return Shown(rendered(result), bars(result), helps, costs)


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    result = decoded(Result, found)
    alone, batch = result.of(ALONE), result.of(BATCH_ALONE)
    for side in result.plan.sides:
        runs = result.of(side)
        yield from latencies(f"{side}: latency, ms", [apart(run.latencies_ms) for run in runs])
        yield singles(f"{side}: batch, jobs/s", [run.jobs_per_s for run in runs])
    for side in result.together:
        runs = result.of(side)
        pairs = [(a.latencies_ms, b.latencies_ms) for a, b in zip(runs, alone, strict=True)]
        yield from ratios(f"{side}: latency over alone", pairs)
        rounds = zip(alone, batch, runs, strict=True)
        values = (kept(*each, result.processors) for each in rounds)
        yield singles(f"{side}: batch kept", [value for value in values if value is not None])
