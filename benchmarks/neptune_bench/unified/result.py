"""A whole benchmark: the plan, all runs, and where they were made; and result.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from neptune_bench.harness.record import decoded
from neptune_bench.unified.figures import Measured, costs, rows, work
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.workload import Workload, find


@dataclass(frozen=True)
class Result:
    """What a benchmark found.

    Args:
        workload: what ran.
        plan: sizes and times.
        machine, versions: where.
        load_before: how many processors were in use before anything of the benchmark's started.
        checked: one sentence that says which answers were checked.
        runs: in the order in which they were made.
        seconds: how long it all took.
    """

    workload: Workload
    plan: Plan
    machine: Mapping[str, object]
    versions: Mapping[str, str]
    load_before: float
    checked: str
    runs: list[Measured]
    seconds: float


def write(path: Path, result: Result) -> None:
    """Write result.json, with every latency sample."""
    path.write_text(json.dumps(as_json(result), indent=1) + "\n")


def as_json(result: Result) -> dict[str, object]:
    """Return all of a result, as JSON holds it."""
    cost = costs(result.runs)
    runs = [
        {
            **asdict(run),
            "scheduler": run.scheduler.name,
            "work_core_s": work(run, cost),
            "available_core_s": run.available_core_s,
        }
        for run in result.runs
    ]
    table = [{**asdict(row), "scheduler": row.scheduler.name} for row in rows(result.runs)]
    return {
        "benchmark": result.workload.name,
        "title": result.workload.title,
        "table": table,
        "versions": result.versions,
        "machine": result.machine,
        "load_before": result.load_before,
        "settings": asdict(result.plan),
        "stream": {"loop": "open", "arrivals": result.workload.arrivals},
        "batch": {"loop": "closed"},
        "answers": result.checked,
        "seconds": result.seconds,
        "step_cost_core_s": cost,
        "runs": runs,
    }


def read(found: Mapping[str, Any]) -> Result:
    """Return the result that `as_json` has made `found` of."""
    plan = decoded(Plan, found["settings"])
    workload = find(plan.workload)
    known = workload.schedulers
    runs = [{**run, "scheduler": known[run["scheduler"]]} for run in found["runs"]]
    return Result(
        workload=workload,
        plan=plan,
        machine=found["machine"],
        versions=found["versions"],
        load_before=found["load_before"],
        checked=found["answers"],
        runs=[decoded(Measured, run) for run in runs],
        seconds=found["seconds"],
    )
