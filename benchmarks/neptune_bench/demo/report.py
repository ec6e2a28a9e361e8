"""What the runs amount to: one outcome per scheduler, the table, and result.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from neptune_bench.compare.figures import latencies, singles
from neptune_bench.compare.noise import Figure
from neptune_bench.demo import latency
from neptune_bench.demo.latency import Sample
from neptune_bench.demo.workload import WORKLOAD
from neptune_bench.harness import eventlog
from neptune_bench.harness.bootstrap import apart
from neptune_bench.harness.figures import percentile
from neptune_bench.harness.machine import busy
from neptune_bench.harness.text import Column
from neptune_bench.harness.text import table as lay_out
from neptune_bench.results.shown import NONE, Line, Shown
from neptune_bench.unified.bars import LOCAL_QUERY
from neptune_bench.unified.figures import core_seconds
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.report import count, number
from neptune_bench.unified.result import Result
from neptune_bench.unified.runner import Run
from neptune_bench.unified.schedulers import ALONE, BATCH

NAMES: Final = {name: scheduler.title for name, scheduler in WORKLOAD.schedulers.items()}
SQL: Final = "sql"
PYTHON: Final = "python"
BOTH: Final = ("stream", "batch")
QUANTILES: Final = {"p50": 50, "p99": 99, "max": 100}
THREADS: Final = (SQL, PYTHON)
"""What the threads of the batch do, by their numbers."""
CAPTION: Final = (
    "Only events that arrived while the batch had work count. Core-seconds are those of each "
    "side's tasks from the start of the batch to its end, minus the time in which they were "
    "suspended. What the stream used in that time, the batch could not use. A stream that waits "
    "for the batch does its work after the batch has ended."
)


@dataclass(frozen=True)
class Outcome:
    """One scheduler's run; times in epoch seconds.

    Args:
        run: what is left of it; in its event log each thread of the batch is a side of its own.
        batch: when the batch began and ended; None for the stream alone.
        samples: every measured event file.
        loaded_s: latencies, in seconds, of the files that arrived while the batch had work.
    """

    run: Run
    batch: tuple[float, float] | None
    samples: list[Sample]
    loaded_s: list[float]

    def at_s(self, q: float) -> float:
        """Return a percentile of those latencies."""
        return percentile(self.loaded_s, q)

    @property
    def scheduler(self) -> str:
        """The scheduler's key in `NAMES`."""
        return self.run.scheduler.name

    @property
    def log(self) -> eventlog.Log:
        """The event log of its one application."""
        return self.run.logs[0]

    @property
    def batch_s(self) -> float | None:
        """How long the batch took, in seconds; None for the stream alone."""
        return None if self.batch is None else self.batch[1] - self.batch[0]


def outcomes(plan: Plan, runs: Sequence[Run]) -> list[Outcome]:
    """Return what the runs amount to, in the plan's order."""
    return [outcome(run) for name in plan.schedulers for run in runs if run.scheduler.name == name]


def outcome(run: Run) -> Outcome:
    """Return what `run` amounts to."""
    (answer,), (log,) = run.answers, run.logs
    steps = answer["steps"]
    batch = (min(s["begin"] for s in steps), max(s["end"] for s in steps)) if steps else None
    found = [(sample["arrival"], sample["latency_ms"] / 1000) for sample in answer["samples"]]
    samples = [Sample(n, at, at + waited, waited) for n, (at, waited) in enumerate(found)]
    loaded = latency.between(samples, *(batch or (None, None))) or samples
    tasks = {number: replace(task, side=side_of(task)) for number, task in log.tasks.items()}
    return Outcome(
        run=replace(run, logs=(eventlog.Log(log.cores, tasks),)),
        batch=batch,
        samples=samples,
        loaded_s=[sample.latency_s for sample in loaded],
    )


def side_of(task: eventlog.Task) -> str:
    """Return a task's side: for one of the batch, what its thread does."""
    return THREADS[int(task.step.partition(":")[0])] if task.side == BATCH else task.side


def core_s(outcome: Outcome) -> tuple[float, float]:
    """Return the core-seconds of the stream's and the batch's tasks while the batch had work.

    Of the stream alone, while its events arrived.
    """
    begin, end = outcome.batch or (outcome.run.begin, outcome.samples[-1].placed)
    stream = batch = 0.0
    for task in outcome.log.tasks.values():
        if task.side == eventlog.STREAM:
            stream += core_seconds(task, begin, end)
        elif task.side in THREADS:
            batch += core_seconds(task, begin, end)
    return stream, batch


def table(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return a row of plain values per outcome; latencies and batch times are in seconds."""
    base = next((o for o in outcomes if o.scheduler == ALONE), None)
    rows = []
    for o in outcomes:
        stream_core_s, batch_core_s = core_s(o)
        rows.append(
            {
                "scheduler": o.scheduler,
                **{f"latency_{name}_s": o.at_s(q) for name, q in QUANTILES.items()},
                "p50_over_alone": base and o.at_s(50) / base.at_s(50),
                "p99_over_alone": base and o.at_s(99) / base.at_s(99),
                "batch_s": o.batch_s,
                "stream_core_s": stream_core_s,
                "batch_core_s": batch_core_s if o.batch else None,
                "suspensions": o.log.suspensions(since=o.run.begin),
                "tasks_rerun": o.log.rerun(),
                "events_measured": len(o.loaded_s),
            }
        )
    return rows


def duration(seconds: float) -> str:
    """Return seconds as a person reads them."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def times(value: float) -> str:
    """Return a ratio as a person reads it."""
    return f"{value:.1f} x"


def _cell(key: str, text: Callable[[Any], str], row: Mapping[str, Any]) -> str:
    """Return a value of a row as text; a dash where there is none."""
    return NONE if row.get(key) is None else text(row[key])


COLUMNS: Final[Sequence[Column]] = (
    ("scheduler", lambda row: NAMES[row["scheduler"]]),
    *((name, partial(_cell, f"latency_{name}_s", duration)) for name in QUANTILES),
    *((f"{q} / alone", partial(_cell, f"{q}_over_alone", times)) for q in ("p50", "p99")),
    ("batch", partial(_cell, "batch_s", duration)),
    *((f"{of}, core-s", partial(_cell, f"{of}_core_s", "{:.1f}".format)) for of in BOTH),
    *(("suspensions", "{0[suspensions]}"), ("re-run", "{0[tasks_rerun]}")),
)


def rendered(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows of `table` as a Markdown table."""
    return lay_out(rows, COLUMNS)


def bars(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, bool]]:
    """Return what is asked of Neptune: (the bar, what was measured, whether it is met)."""
    by_name = {row["scheduler"]: row for row in rows}
    here = by_name.get("neptune")
    if here is None:
        return []
    found = []
    for name, most in (("p50", LOCAL_QUERY.p50), ("p99", LOCAL_QUERY.p99)):
        value = here[f"{name}_over_alone"]
        if value is not None:
            bar = f"{name} at most {most:g} x the stream alone"
            found.append((bar, times(value), value <= most))
    for other in ("fifo", "fair"):
        if other in by_name:
            least = LOCAL_QUERY.others
            lower = by_name[other]["latency_p99_s"] / here["latency_p99_s"]
            bar = f"p99 at least {least:g} x lower than {NAMES[other]}"
            found.append((bar, times(lower), lower >= least))
    found.append(("no task re-run", str(here["tasks_rerun"]), here["tasks_rerun"] == 0))
    return found


def page(rows: Sequence[Mapping[str, Any]], load_before: float = 0.0) -> str:
    """Return the rows of `table`, with a title and what they mean, in Markdown.

    Args:
        rows: as `table` returns them.
        load_before: how many processors were in use before, by others.
    """
    parts = ["# Demo: a stream beside a batch", busy(load_before), rendered(rows), CAPTION]
    return "\n\n".join(filter(None, parts))


def write(path: Path, result: Result, outcomes: Sequence[Outcome]) -> None:
    """Write result.json."""
    runs = {}
    for o in outcomes:
        (answer,) = o.run.answers
        runs[o.scheduler] = {
            "start": o.run.begin,
            "batch": o.batch,
            "seconds": o.run.seconds,
            "phases_s": answer["phases_s"],
            "batch_steps": [(step["name"], step["begin"], step["end"]) for step in answer["steps"]],
            "statistics": answer["statistics"],
            "samples": [asdict(sample) for sample in o.samples],
        }
    found = {
        "benchmark": result.workload.name,
        "table": table(outcomes),
        "versions": result.versions,
        "machine": result.machine,
        "load_before": result.load_before,
        "settings": asdict(result.plan),
        "answers": result.checked,
        "seconds": result.seconds,
        "runs": runs,
    }
    path.write_text(json.dumps(found, indent=1) + "\n")


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what a page shows of a result."""
    rows = found["table"]
    by_name = {row["scheduler"]: row for row in rows}

    def of(what: str, key: str, text: Callable[[Any], str], first: bool = False) -> Line:
        names = ("fifo", "fair", "neptune")
        fifo, fair, here = (_cell(key, text, by_name.get(name, {})) for name in names)
        return Line(f"a stream beside a batch: {what}", fifo, fair, here, first)

    return Shown(
        page(rows),
        bars(rows),
        [
            of("p50, over alone", "p50_over_alone", times, True),
            of("p99, over alone", "p99_over_alone", times, True),
        ],
        [
            of("until the batch is done", "batch_s", duration, True),
            of("its core-seconds until then", "stream_core_s", number),
            of("tasks re-run", "tasks_rerun", count),
        ],
    )


def compared(found: Mapping[str, Any]) -> Iterator[Figure]:
    """Yield what can be compared with the same of another result."""
    for name, run in found["runs"].items():
        latencies_s = [sample.latency_s for sample in latency.counted(run)]
        yield from latencies(NAMES[name], [apart(latencies_s)])
        if run["batch"]:
            begin, end = run["batch"]
            yield singles(f"{NAMES[name]}: batch, s", [end - begin])
