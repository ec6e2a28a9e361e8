"""The tables, in Markdown, and whether the bars are met."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from neptune_bench.harness.machine import busy
from neptune_bench.harness.text import markdown
from neptune_bench.unified.figures import Row, Spread, rows
from neptune_bench.unified.result import Result
from neptune_bench.unified.schedulers import ALONE

P50_BAR: Final = 1.1
P99_BAR: Final = 1.5
OTHERS_BAR: Final = 3.0
EFFICIENCY_BAR: Final = 0.98
NEPTUNE: Final = ("neptune-lb", "neptune-lma")
OTHERS: Final = ("fifo", "fair", "split")

CAPTION: Final = (
    "Rounds of runs: {repeat}; medians (least to greatest). Ratios of the stream are to the "
    "stream alone (the ideal), those of the batch to the batch alone, of the same round of "
    "runs. The stream's *tasks wait* from the submission of their stage to their launch: that "
    "is the scheduler's part of a latency; the rest is the driver's, which plans, and the "
    "tasks' own. *Throughput* is the batch's work in the measured time; *of what is left* is "
    "that work per core-second that the stream's tasks left: (batch work) / (cores x time - the "
    "stream's task core-seconds), over the same of the batch alone. *Of what its "
    "processes left* has the processor time of all processes of the stream alone instead, its "
    "driver's included, which plans on the same processors in a local run. Work is counted in "
    "{step}, each at its median cost, in task core-seconds, when the batch is alone; one that the "
    "time cuts counts by the share of its own task core-seconds within. All core-seconds are from "
    "the tasks' times in Spark's event log, less those in which they were suspended. *Re-run* "
    "are task attempts after the first; *thrown away* are core-seconds of the batch's tasks "
    "that were killed or failed."
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


def latency_table(found: Sequence[Row]) -> str:
    """Return the stream's side of the table."""
    head = (
        *("stream under", "p50 ms", "p99 ms", "max ms", "p50 / alone", "p99 / alone"),
        *("its tasks wait: p50 ms", "p99 ms", "events"),
    )
    lines = [
        (
            row.scheduler.title,
            *(spread(s, count) for s in (row.p50_ms, row.p99_ms, row.max_ms)),
            *(spread(s) for s in (row.p50_over_alone, row.p99_over_alone)),
            *(spread(s, count) for s in (row.wait_p50_ms, row.wait_p99_ms)),
            count(row.samples),
        )
        for row in found
        if row.scheduler.has_stream
    ]
    return markdown([head, *lines])


def batch_table(found: Sequence[Row]) -> str:
    """Return the batch's side of the table."""
    head = (
        *("batch under", "throughput / alone", "of what is left", "of what its processes left"),
        *("stream's share of the cores", "suspensions", "re-run", "thrown away, core-s"),
    )
    lines = [
        (
            row.scheduler.title,
            *(spread(s) for s in (row.throughput, row.efficiency, row.processor_efficiency)),
            spread(row.stream_share),
            *(spread(s, count) for s in (row.suspensions, row.rerun)),
            spread(row.wasted_core_s),
        )
        for row in found
        if row.scheduler.has_batch
    ]
    return markdown([head, *lines])


def bars(found: Sequence[Row]) -> list[tuple[str, str, bool]]:
    """Return what is asked of Neptune: (the bar, what was measured, whether it is met)."""
    by_name = {row.scheduler.name: row for row in found}
    judged = []
    for name in NEPTUNE:
        row = by_name.get(name)
        if row is None:
            continue
        title = row.scheduler.title
        at_most = [("p50", row.p50_over_alone, P50_BAR), ("p99", row.p99_over_alone, P99_BAR)]
        for what, ratio, most in at_most:
            if ratio is not None:
                bar = f"{title}: {what} at most {most:g} x the stream alone"
                judged.append((bar, spread(ratio), ratio.median <= most))
        for other in OTHERS:
            if other in by_name and row.p99_ms and (theirs := by_name[other].p99_ms):
                ratio_p99 = theirs.median / row.p99_ms.median
                bar = f"{title}: p99 at least {OTHERS_BAR:g} x lower than {other}"
                judged.append((bar, number(ratio_p99), ratio_p99 >= OTHERS_BAR))
        if row.efficiency is not None:
            bar = f"{title}: batch at least {EFFICIENCY_BAR:g} x of what the stream leaves"
            judged.append((bar, spread(row.efficiency), row.efficiency.median >= EFFICIENCY_BAR))
        if row.wasted_core_s is not None:
            wasted = row.wasted_core_s
            judged.append((f"{title}: nothing thrown away", spread(wasted), wasted.greatest == 0))
    return judged


def heading(result: Result) -> list[str]:
    """Return the title, and what ran where."""
    plan = result.plan
    cores = max(run.cores for run in result.runs)
    machine = result.machine
    return [
        f"# {result.workload.title}",
        f"{plan.master}, {cores} cores; scale {plan.scale:g} ({result.workload.scale_unit}); "
        f"{plan.rate:g} {result.workload.event_unit} a second for {plan.duration_s:g} s; "
        f"seed {plan.seed}. {machine['processor']}, "
        f"{machine['cpus']} processors, {result.load_before:.1f} in use before. "
        + ", ".join(f"{name} {version}" for name, version in result.versions.items())
        + ".",
        *filter(None, [busy(result.load_before)]),
    ]


def rendered(result: Result) -> str:
    """Return all of table.md."""
    found = rows(result.runs)
    parts = [*heading(result), latency_table(found)]
    if any(row.scheduler.has_batch for row in found):
        parts.append(batch_table(found))
    caption = CAPTION.format(repeat=result.plan.repeat, step=result.workload.step_unit)
    parts.append(caption)
    judged = bars(found) if any(row.scheduler.name == ALONE for row in found) else []
    if judged:
        lines = [(bar, value, "met" if met else "missed") for bar, value, met in judged]
        parts.append(markdown([("bar (medians)", "measured", ""), *lines]))
    return "\n\n".join([*parts, result.checked]) + "\n"
