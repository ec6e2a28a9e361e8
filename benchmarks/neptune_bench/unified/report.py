"""The tables, in Markdown, and whether the bars are met."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from neptune_bench.compare.figures import latencies, ratios, singles
from neptune_bench.compare.noise import Figure
from neptune_bench.harness import layout
from neptune_bench.harness.bootstrap import Interval
from neptune_bench.harness.layout import CLUSTER
from neptune_bench.harness.machine import busy
from neptune_bench.harness.text import Column, bar_table, table, versions_text
from neptune_bench.results.shown import NONE, Line, Shown, line, place
from neptune_bench.unified import bars
from neptune_bench.unified.figures import (
    FEW_SAMPLES,
    Measured,
    Row,
    Spread,
    costs,
    rows,
    work,
)
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.result import Result, read
from neptune_bench.unified.schedulers import ALONE, BATCH_ALONE, SCHEDULERS, SPLIT

FEW: Final = " \\*"
BARS: Final = "bar (medians)"
CAPTION: Final = (
    "Rounds of runs: {repeat}; medians (minimum to maximum). In brackets: the 95 % confidence "
    "interval of that median, by a bootstrap (fixed seed) of the events within the rounds; events "
    "of one moment are drawn together. A p99 marked \\* is from fewer than "
    f"{FEW_SAMPLES} moments in a run: little more than the maximum. *First seconds* are those in "
    "which both sides warm up together; no other column includes them. Ratios of the stream are to "
    "the stream alone (the ideal), ratios of the batch to the batch alone, in the same round of "
    "runs. The stream's *tasks wait* from the submission of their stage to their launch: that is "
    "the scheduler's part of a latency; the rest is the tasks' own, and that of the driver, which "
    "plans. *Throughput* is the batch's work in the measured time. *Of what is left* is that work "
    "per core-second that the stream's tasks left, relative to the same of the batch alone: (batch "
    "work) / (cores x time - the stream's task core-seconds). *Of what its processes left* uses "
    "the processor time of all processes of the stream alone on the tasks' processors instead: in "
    "a local run that includes the driver, which plans on the same ones; for processes on other "
    "machines it is not known. Work is counted in {step}, each at its median cost, in task "
    "core-seconds, when the batch is alone; a step that is only partly in the measured time counts "
    "by the share of its task core-seconds in it. All core-seconds come from the tasks' times in "
    "Spark's event log, minus the time in which they were suspended. *Re-run* are task attempts "
    "after the first; *thrown away* are core-seconds of the batch's tasks that were killed or "
    "failed."
)


def number(value: float) -> str:
    """Return a figure as a person reads it, with three digits or so."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(found: Spread | None, form: Callable[[float], str] = number) -> str:
    """Return median and range as text, "-" for None."""
    if found is None:
        return "-"
    if found.least == found.greatest:
        return form(found.median)
    return f"{form(found.median)} ({form(found.least)} to {form(found.greatest)})"


def count(value: float) -> str:
    """Return a count as text."""
    return f"{value:,.0f}"


def sure(
    found: Spread | None, interval: Interval | None, form: Callable[[float], str] = number
) -> str:
    """Return median and range as `spread` has them, and the interval in brackets."""
    if found is None or interval is None:
        return spread(found, form)
    return f"{spread(found, form)} [{form(interval.low)}, {form(interval.high)}]"


def mark(row: Row) -> str:
    """Return what marks a p99 that is from too few events."""
    return FEW if row.few and row.least_samples else ""


def sampled(row: Row) -> str:
    """Return how many events a percentile is from, and at how many moments, if these are fewer."""
    events = count(row.least_samples)
    if row.least_moments == row.least_samples:
        return events
    return f"{events} at {count(row.least_moments)} moments"


CELLS: Final[Mapping[str, Callable[[Row], str]]] = {
    "p50": lambda row: sure(row.p50_ms, row.p50_interval, count),
    "p99": lambda row: sure(row.p99_ms, row.p99_interval, count) + mark(row),
    "max": lambda row: spread(row.max_ms, count),
    "p50 over": lambda row: sure(row.p50_over_alone, row.p50_over_alone_interval),
    "p99 over": lambda row: sure(row.p99_over_alone, row.p99_over_alone_interval) + mark(row),
    "wait p50": lambda row: spread(row.wait_p50_ms, count),
    "wait p99": lambda row: spread(row.wait_p99_ms, count),
    "events": sampled,
    "first p50": lambda row: spread(row.first_p50_ms, count),
    "first max": lambda row: spread(row.first_max_ms, count),
    "throughput": lambda row: spread(row.throughput),
    "efficiency": lambda row: spread(row.efficiency),
    "processors": lambda row: spread(row.processor_efficiency),
    "share": lambda row: spread(row.stream_share),
    "suspensions": lambda row: spread(row.suspensions, count),
    "rerun": lambda row: spread(row.rerun, count),
    "wasted": lambda row: spread(row.wasted_core_s),
}
"""The figures of a scheduler as text."""
STREAM_COLUMNS: Final[Sequence[Column]] = (
    *(("stream under", "{0.scheduler.title}"), ("p50 ms", CELLS["p50"]), ("p99 ms", CELLS["p99"])),
    *(("max ms", CELLS["max"]), ("p50 / alone", CELLS["p50 over"])),
    *(("p99 / alone", CELLS["p99 over"]), ("its tasks wait: p50 ms", CELLS["wait p50"])),
    *(("p99 ms", CELLS["wait p99"]), ("events in a run", CELLS["events"])),
    *(("first seconds: p50 ms", CELLS["first p50"]), ("max ms", CELLS["first max"])),
)
BATCH_COLUMNS: Final[Sequence[Column]] = (
    *(("batch under", "{0.scheduler.title}"), ("throughput / alone", CELLS["throughput"])),
    ("of what is left", CELLS["efficiency"]),
    ("of what its processes left", CELLS["processors"]),
    ("stream's share of the cores", CELLS["share"]),
    *(("suspensions", CELLS["suspensions"]), ("re-run", CELLS["rerun"])),
    ("thrown away, core-s", CELLS["wasted"]),
)


def where(result: Result) -> str:
    """Return the layout: who has which processors."""
    plan = result.plan
    cores = max(run.cores for run in result.runs)
    return layout.described(plan, cores, result.workload.servers(plan))


def left_out(plan: Plan) -> list[str]:
    """Return a sentence if a static split was not possible."""
    if plan.layout != CLUSTER or plan.worker_cores % 2 == 0 or SPLIT in plan.schedulers:
        return []
    return ["No static split: that needs an even number of worker cores (see `--layout local`)."]


def heading(result: Result) -> list[str]:
    """Return the title, and what ran where."""
    plan = result.plan
    machine = result.machine
    return [
        f"# {result.workload.title}",
        f"{where(result)}; scale {plan.scale:g} ({result.workload.scale_unit}); "
        f"{plan.rate:g} {result.workload.event_unit} per second for {plan.duration_s:g} s, after "
        f"{plan.warm_s:g} s of warm-up of both sides together; "
        f"seed {plan.seed}. {machine['processor']}, "
        f"{machine['cpus']} processors, {result.load_before:.1f} in use before. "
        f"{versions_text(result.versions)}.",
        f"The stream is an open loop: {result.workload.arrivals}, whether or not earlier ones have "
        "been answered. The batch is a closed loop: each of its threads begins its next step when "
        "the previous one has ended.",
        *left_out(plan),
        *layout.remarks(machine),
        *filter(None, [busy(result.load_before)]),
    ]


def rendered(result: Result) -> str:
    """Return all of table.md."""
    found = rows(result.runs)
    batch = [row for row in found if row.scheduler.has_batch]
    parts = [*heading(result), table((r for r in found if r.scheduler.has_stream), STREAM_COLUMNS)]
    if batch:
        parts.append(table(batch, BATCH_COLUMNS))
    caption = CAPTION.format(repeat=result.plan.repeat, step=result.workload.step_unit)
    parts.append(caption)
    asked = bars.of(result.plan.layout, result.workload.stream_kind)
    has_alone = any(row.scheduler.name == ALONE for row in found)
    judged = bars.judged(asked, found, spread) if has_alone else []
    if judged:
        parts.append(bar_table(judged, BARS))
    return "\n\n".join([*parts, result.checked]) + "\n"


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    result = read(found)
    by_name = {row.scheduler.name: row for row in rows(result.runs)}
    best = next((name for name in reversed(bars.NEPTUNE) if name in by_name), "")
    title = by_name[best].scheduler.title if best else ""
    asked = bars.of(result.plan.layout, result.workload.stream_kind)
    judged = bars.judged(asked, list(by_name.values()), spread) if ALONE in by_name else []
    where = f"{result.workload.name} ({place(result.plan)})"

    def of(what: str, figure: Callable[[Row], Spread | None], first: bool = False) -> Line:
        def cell(name: str) -> str:
            return spread(figure(by_name[name])) if name in by_name else NONE

        return line(f"{where}: {what}", cell, ("fifo", "fair", best), first)

    return Shown(
        rendered(result),
        [bar for bar in judged if bar[0].startswith(title)],
        [
            of("stream's p50, over alone", lambda row: row.p50_over_alone),
            of("stream's p99, over alone", lambda row: row.p99_over_alone, True),
        ],
        [
            of("batch, over alone", lambda row: row.throughput),
            of("batch, of what the stream leaves", lambda row: row.efficiency, True),
            of("thrown away, core-s", lambda row: row.wasted_core_s),
        ],
    )


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    return compared_runs(read(found))


def compared_runs(result: Result, point: str = "") -> Iterator[Figure]:
    """Yield the same of the runs of a result; their names begin with `point`."""
    cost = costs(result.runs)
    by_name: dict[str, dict[int, Measured]] = {}
    for run in result.runs:
        by_name.setdefault(run.scheduler.name, {})[run.repeat] = run
    alone, batch = by_name.get(ALONE, {}), by_name.get(BATCH_ALONE, {})
    for name in filter(by_name.__contains__, SCHEDULERS):
        title, runs = f"{point}{SCHEDULERS[name].title}", by_name[name]
        yield from latencies(f"{title}: latency, ms", [run.samples for run in runs.values()])
        pairs = [(runs[n].latencies_ms, alone[n].latencies_ms) for n in runs if n in alone]
        if name != ALONE:
            yield from ratios(f"{title}: latency over alone", pairs)
        shares = [
            work(runs[n], cost) / base
            for n in runs
            if n in batch and name != BATCH_ALONE and (base := work(batch[n], cost)) > 0
        ]
        yield singles(f"{title}: batch over alone", shares)
