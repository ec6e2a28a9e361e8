"""The tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from neptune_bench.compare.figures import latencies, singles
from neptune_bench.compare.noise import Figure
from neptune_bench.harness.bootstrap import apart
from neptune_bench.harness.record import decoded
from neptune_bench.harness.text import Column, markdown, table
from neptune_bench.mechanism.figures import Cost, Distribution, Latency, Ratio, Result
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
from neptune_bench.results.shown import Shown, here

VARIANTS: Final = {
    GATE: "gate",
    STOP: "process stop",
    THREAD: "thread and event",
    JVM: "JVM",
    JVM_BATCHES: "JVM, batches",
}
KINDS: Final = {CODE: "code", C_CALL: "C call"}
JOBS: Final = {
    "columnar": "JVM: Parquet scan, aggregate",
    "by_row": "JVM: text scan, row by row",
    "shuffle": "JVM: shuffle, row by row",
    "rdd": "Python: RDD map, reduceByKey",
    "python_udf": "Python UDF",
    "pandas_udf": "pandas UDF",
}
GOAL: Final = 1.01


def rendered(result: Result) -> str:
    """Return all tables, in Markdown."""
    return "\n\n".join(
        (
            "# Suspending and resuming a task",
            "Suspending and resuming, in milliseconds:",
            latency_table(result.latencies),
            "A record when no task is suspended: processor time, relative to the plain function",
            record_table(result.worker_costs),
            "A job when no task is suspended: time on Neptune, relative to stock Spark",
            table(result.job_costs, JOB_COLUMNS),
        )
    )


def latency_table(latencies: Sequence[Latency]) -> str:
    """Return a row for each kind and size of record and each variant, variants side by side."""
    order = list(VARIANTS)
    ranked = sorted(
        latencies,
        key=lambda row: (list(KINDS).index(row.kind), row.size_us, order.index(row.variant)),
    )
    rows = [("record", "variant", "suspend p50", "p99", "max", "resume p50", "p99", "max", "n")]
    for row in ranked:
        name = f"{KINDS[row.kind]}, {size_name(row.size_us)}"
        numbers = (*three(row.suspend_ms), *three(row.resume_ms))
        rows.append((name, VARIANTS[row.variant], *numbers, str(row.suspend_ms.count)))
    return markdown(rows)


def three(times: Distribution) -> tuple[str, str, str]:
    """Return median, 99th percentile and maximum as text."""
    return f"{times.p50:.3f}", f"{times.p99:.3f}", f"{times.max:.3f}"


def record_table(costs: Sequence[Cost]) -> str:
    """Return a row for each size of record, with the ratio of each variant and its range."""
    variants = list(dict.fromkeys(cost.name for cost in costs))
    rows = [("record", "plain, records/s", *(VARIANTS[name] for name in variants))]
    for size in dict.fromkeys(cost.size_us for cost in costs):
        of_size = {cost.name: cost for cost in costs if cost.size_us == size}
        plain = f"{1 / of_size[variants[0]].base_s:,.0f}"
        ratios = (ranged(of_size[name].ratio) for name in variants)
        rows.append((size_name(size or 0), plain, *ratios))
    return markdown(rows)


JOB_COLUMNS: Final[Sequence[Column]] = (
    *(
        ("job", lambda cost: JOBS[cost.name]),
        ("stock", lambda cost: f"{cost.base_s * 1000:.0f} ms"),
    ),
    ("Neptune", lambda cost: f"{cost.seconds * 1000:.0f} ms"),
    ("ratio (minimum to maximum)", lambda cost: ranged(cost.ratio)),
    ("mean (95 % interval)", lambda cost: surely(cost.ratio)),
    ("pairs", lambda cost: str(len(cost.pairs))),
)


def bars(result: Result) -> list[tuple[str, str, bool]]:
    """Return what is asked: (the bar, what was measured, whether it is met)."""
    return [
        (
            f"{JOBS[cost.name]}: at most {GOAL:g} x stock Spark",
            surely(cost.ratio),
            (cost.ratio.mean or cost.ratio.ratio) <= GOAL,
        )
        for cost in result.job_costs
    ]


def ranged(ratio: Ratio) -> str:
    """Return a ratio and its range as a person reads them."""
    return f"{ratio.ratio:.3f} ({ratio.least:.3f} to {ratio.greatest:.3f})"


def surely(ratio: Ratio) -> str:
    """Return the mean ratio with its interval, or the ratio of a single pair."""
    if ratio.mean is None or ratio.interval is None:
        return f"{ratio.ratio:.3f}"
    return f"{ratio.mean:.3f} ({ratio.interval.low:.3f} to {ratio.interval.high:.3f})"


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    result = decoded(Result, found)
    costs = [here(f"{JOBS[job.name]}, over stock", surely(job.ratio)) for job in result.job_costs]
    return Shown(rendered(result), bars(result), (), costs)


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    result = decoded(Result, found)
    for row in result.latencies:
        name = f"{VARIANTS[row.variant]}, {KINDS[row.kind]} of {size_name(row.size_us)}"
        for what, values in row.samples_ms.items():
            yield from latencies(f"{name}: {what}, ms", [apart(values)], True)
    for cost in result.job_costs:
        ratios = [with_it / without for without, with_it in cost.pairs]
        yield singles(f"{JOBS[cost.name]}: over stock", ratios)
