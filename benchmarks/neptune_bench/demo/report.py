"""What the runs amount to: one outcome per scheduler, the table, and result.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from neptune_bench.demo import latency
from neptune_bench.demo.latency import Sample, Summary
from neptune_bench.demo.plan import Plan
from neptune_bench.demo.runner import Run
from neptune_bench.harness import eventlog
from neptune_bench.harness.machine import machine, packages
from neptune_bench.harness.text import aligned
from neptune_bench.unified.bars import LOCAL_QUERY
from neptune_bench.unified.figures import core_seconds

NAMES: Final = {
    "alone": "stream alone",
    "fifo": "Spark FIFO",
    "fair": "Spark FAIR",
    "neptune": "Neptune",
}
PACKAGES: Final = ("neptune-spark", "pyspark", "tpchgen-cli", "matplotlib")
P50_BAR: Final = LOCAL_QUERY.p50
P99_BAR: Final = LOCAL_QUERY.p99
OTHERS_BAR: Final = LOCAL_QUERY.others
HEADINGS: Final = (
    "scheduler",
    "p50",
    "p99",
    "max",
    "p50 / alone",
    "p99 / alone",
    "batch",
    "stream, core-s",
    "batch, core-s",
    "suspensions",
    "re-run",
)
CAPTION: Final = (
    "Events that arrived while the batch had work. Core-seconds are those of each side's tasks "
    "from the batch's begin to its end, less those in which they were suspended: what the stream "
    "did meanwhile, the batch's cores could not do. Where a stream waits for the batch, it does "
    "its work after the batch's end."
)


@dataclass(frozen=True)
class Outcome:
    """One scheduler's run; times in epoch seconds.

    Args:
        scheduler: its key in `NAMES`.
        start: when the first measured event was due.
        batch: when the batch began and ended; None for the stream alone.
        samples: every measured event file.
        summary: latencies of the files that arrived while the batch had work.
        suspensions: tasks suspended since `start`.
        rerun: task attempts that were not the first.
        log: the run's event log.
        answer: everything else that the application wrote down.
        seconds: how long the driver process lived.
    """

    scheduler: str
    start: float
    batch: tuple[float, float] | None
    samples: list[Sample]
    summary: Summary
    suspensions: int
    rerun: int
    log: eventlog.Log
    answer: Mapping[str, Any]
    seconds: float

    @property
    def name(self) -> str:
        """The scheduler as a person names it."""
        return NAMES[self.scheduler]

    @property
    def batch_s(self) -> float | None:
        """How long the batch took, in seconds; None for the stream alone."""
        return None if self.batch is None else self.batch[1] - self.batch[0]


def outcome(run: Run) -> Outcome:
    """Return what `run` amounts to."""
    answer: Mapping[str, Any] = run.answer
    log = eventlog.parse(run.log)
    samples = [Sample(**sample) for sample in answer["samples"]]
    begin, end = answer["batch_begin"], answer["batch_end"]
    loaded = latency.between(samples, begin, end) or samples
    return Outcome(
        scheduler=run.scheduler,
        start=answer["start"],
        batch=None if begin is None else (begin, end),
        samples=samples,
        summary=latency.summarise([sample.latency_s for sample in loaded]),
        suspensions=log.suspensions(since=answer["start"]),
        rerun=log.rerun(),
        log=log,
        answer=answer,
        seconds=run.seconds,
    )


def ratio(value: float, base: Summary | None, field: str) -> float | None:
    """Return `value` over `field` of the stream alone; None if that was not run."""
    return None if base is None else value / float(getattr(base, field))


def core_s(outcome: Outcome) -> tuple[float, float]:
    """Return the core-seconds of the stream's and the batch's tasks while the batch had work.

    Of the stream alone, while its events arrived.
    """
    begin, end = outcome.batch or (outcome.start, outcome.samples[-1].placed)
    of_side = {True: 0.0, False: 0.0}
    for task in outcome.log.tasks.values():
        if task.side != eventlog.OTHER:
            of_side[task.side == eventlog.STREAM] += core_seconds(task, begin, end)
    return of_side[True], of_side[False]


def table(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return a row of plain values per outcome; latencies and batch times are in seconds."""
    base = next((o.summary for o in outcomes if o.scheduler == "alone"), None)
    rows = []
    for o in outcomes:
        stream_core_s, batch_core_s = core_s(o)
        rows.append(
            {
                "scheduler": o.scheduler,
                "latency_p50_s": o.summary.p50_s,
                "latency_p99_s": o.summary.p99_s,
                "latency_max_s": o.summary.max_s,
                "p50_over_alone": ratio(o.summary.p50_s, base, "p50_s"),
                "p99_over_alone": ratio(o.summary.p99_s, base, "p99_s"),
                "batch_s": o.batch_s,
                "stream_core_s": stream_core_s,
                "batch_core_s": batch_core_s if o.batch else None,
                "suspensions": o.suspensions,
                "tasks_rerun": o.rerun,
                "events_measured": o.summary.count,
            }
        )
    return rows


def duration(value: float | None) -> str:
    """Return seconds as a person reads them, "-" for None."""
    if value is None:
        return "-"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def times(value: float | None) -> str:
    """Return a ratio as a person reads it, "-" for None."""
    return "-" if value is None else f"{value:.1f} x"


def rendered(
    rows: Sequence[Mapping[str, Any]], lay: Callable[[Sequence[Sequence[str]]], str] = aligned
) -> str:
    """Return the rows of `table` as text."""
    lines: list[tuple[str, ...]] = [HEADINGS]
    for row in rows:
        latencies = (row[f"latency_{name}_s"] for name in ("p50", "p99", "max"))
        lines.append(
            (
                NAMES[row["scheduler"]],
                *map(duration, latencies),
                *(times(row[f"{name}_over_alone"]) for name in ("p50", "p99")),
                duration(row["batch_s"]),
                *(_figure(row.get(f"{side}_core_s")) for side in ("stream", "batch")),
                str(row["suspensions"]),
                str(row["tasks_rerun"]),
            )
        )
    return lay(lines)


def bars(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, bool]]:
    """Return what is asked of Neptune: (the bar, what was measured, whether it is met)."""
    by_name = {row["scheduler"]: row for row in rows}
    here = by_name.get("neptune")
    if here is None:
        return []
    found = []
    for name, most in (("p50", P50_BAR), ("p99", P99_BAR)):
        value = here[f"{name}_over_alone"]
        if value is not None:
            bar = f"{name} at most {most:g} x the stream alone"
            found.append((bar, times(value), value <= most))
    for other in ("fifo", "fair"):
        if other in by_name:
            lower = by_name[other]["latency_p99_s"] / here["latency_p99_s"]
            bar = f"p99 at least {OTHERS_BAR:g} x lower than {NAMES[other]}"
            found.append((bar, times(lower), lower >= OTHERS_BAR))
    found.append(("no task re-run", str(here["tasks_rerun"]), here["tasks_rerun"] == 0))
    return found


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def write(
    path: Path, plan: Plan, outcomes: Sequence[Outcome], seconds: Mapping[str, float]
) -> None:
    """Write result.json.

    Args:
        path: the file.
        plan: sizes and times of the runs.
        outcomes: one per scheduler.
        seconds: how long each phase of the demo took.
    """
    runs = {
        o.scheduler: {
            "start": o.start,
            "batch": o.batch,
            "seconds": o.seconds,
            "phases_s": o.answer["phases_s"],
            "batch_steps": o.answer["batch_steps"],
            "statistics": o.answer["statistics"],
            "micro_batches": o.answer["micro_batches"],
            "samples": [asdict(sample) for sample in o.samples],
        }
        for o in outcomes
    }
    result = {
        "benchmark": "demo",
        "table": table(outcomes),
        "versions": {**outcomes[0].answer["versions"], **packages(PACKAGES)},
        "machine": machine(),
        "settings": asdict(plan),
        "phases_s": dict(seconds),
        "answers": "equal in all runs",
        "runs": runs,
    }
    path.write_text(json.dumps(result, indent=1) + "\n")
