"""What the command line of a workload says: the plan of its runs."""

from __future__ import annotations

import argparse
import dataclasses
import os
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness import program
from neptune_bench.harness.program import count, positive
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.schedulers import SCHEDULERS
from neptune_bench.unified.workload import Workload

FEWEST_CORES: Final = 2


def schedulers(text: str) -> tuple[str, ...]:
    """Return the schedulers that a comma-separated list names."""
    return program.chosen(text, "scheduler", SCHEDULERS)


def local_master() -> str:
    """Return a local master with all processors that this process may use, at least two."""
    return f"local[{max(FEWEST_CORES, len(os.sched_getaffinity(0)))}]"


def parser(workload: Workload) -> argparse.ArgumentParser:
    """Return the parser of a workload's command line."""
    full = workload.plan(quick=False)
    made = argparse.ArgumentParser(
        prog=f"neptune-spark bench {workload.name}", description=workload.title
    )
    add = made.add_argument
    out = Path("bench") / workload.name
    add("--out", type=Path, default=out, help="directory of the results (%(default)s)")
    add("--master", default=local_master(), help="Spark master of every run (%(default)s)")
    add("--scale", type=positive, help=f"{workload.scale_unit} ({full.scale:g})")
    add("--duration", type=positive, help=f"seconds of stream in a run ({full.duration_s:g})")
    add("--rate", type=positive, help=f"{workload.event_unit} a second ({full.rate:g})")
    add("--repeat", type=count, help=f"runs of each scheduler ({full.repeat})")
    add("--seed", type=int, default=full.seed, help="of data, arrivals and the order of runs")
    names = ",".join(full.schedulers)
    add("--schedulers", type=schedulers, help=f"which to compare ({names})")
    add("--quick", action="store_true", help="small sizes, one round, for a quick look")
    workload.add_arguments(made)
    return made


def plan_of(workload: Workload, options: argparse.Namespace) -> Plan:
    """Return the sizes and times that the command line asks for."""
    given = dict(vars(options))
    for name in ("out", "quick"):
        given.pop(name)
    fields = {
        "master": given.pop("master"),
        "seed": given.pop("seed"),
        "scale": given.pop("scale"),
        "duration_s": given.pop("duration"),
        "rate": given.pop("rate"),
        "repeat": given.pop("repeat"),
        "schedulers": given.pop("schedulers"),
    }
    chosen: dict[str, Any] = {name: value for name, value in fields.items() if value is not None}
    base = workload.plan(options.quick)
    # What is left are the workload's own.
    own = {**base.options, **{k: v for k, v in given.items() if v is not None}}
    return dataclasses.replace(base, options=own, **chosen)
