"""What the command line of a workload says: the plan of its runs."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neptune_bench.harness import layout, program
from neptune_bench.harness.program import count, positive
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.schedulers import SPLIT
from neptune_bench.unified.workload import Workload


def basic(workload: Workload, command: str, out: Path) -> argparse.ArgumentParser:
    """Return the parser of what every workload's command line has.

    Args:
        workload: what runs.
        command: of neptune-spark.
        out: directory of the results, unless the command line says otherwise.
    """
    full = workload.plan(quick=False)

    def schedulers(text: str) -> tuple[str, ...]:
        return program.chosen(text, "scheduler", workload.schedulers)

    made = argparse.ArgumentParser(prog=f"neptune-spark {command}", description=workload.title)
    add = made.add_argument
    add("--out", type=Path, default=out, help="directory of the results (%(default)s)")
    add("--scale", type=positive, help=f"{workload.scale_unit} ({full.scale:g})")
    add("--duration", type=positive, help=f"seconds of stream in a run ({full.duration_s:g})")
    add("--seed", type=int, default=full.seed, help="of data, arrivals and the order of runs")
    names = ",".join(full.schedulers)
    add("--schedulers", type=schedulers, help=f"which to compare ({names})")
    add("--quick", action="store_true", help="small sizes, one round, for a quick look")
    return made


def parser(workload: Workload) -> argparse.ArgumentParser:
    """Return the parser of a workload's command line."""
    full = workload.plan(quick=False)
    made = basic(workload, f"bench {workload.name}", Path("bench") / workload.name)
    add = made.add_argument
    layout.add_arguments(made)
    warm = "seconds of both sides together before what counts"
    add("--warm-up", type=seconds, help=f"{warm} ({full.warm_s:g})")
    add("--rate", type=positive, help=f"{workload.event_unit} a second ({full.rate:g})")
    add("--repeat", type=count, help=f"runs of each scheduler ({full.repeat})")
    workload.add_arguments(made)
    return made


def seconds(text: str) -> float:
    """Return a time that may be 0."""
    return 0.0 if text.strip() == "0" else positive(text)


def possible(names: Sequence[str], where: Mapping[str, Any]) -> tuple[str, ...]:
    """Return those of some schedulers that a layout has the cores for: all but the split."""
    odd = where["layout"] == layout.CLUSTER and len(where["worker_processors"]) % 2
    return tuple(name for name in names if not (odd and name == SPLIT))


def plan_of(
    workload: Workload, options: argparse.Namespace, where: Mapping[str, Any] | None = None
) -> Plan:
    """Return the sizes and times that the command line asks for.

    Args:
        workload: what runs.
        options: of its command line.
        where: the fields of the plan that say where it runs; None: as `options` ask.

    Raises:
        BenchmarkError: if its layout is not possible here.
    """
    given = dict(vars(options))
    asked_for = given.pop("layout", None), given.pop("master")
    where = layout.asked(*asked_for) if where is None else where
    for name in ("out", "quick"):
        given.pop(name)
    same = ("seed", "scale", "rate", "repeat", "schedulers")
    fields = {**{name: name for name in same}, "duration_s": "duration", "warm_s": "warm_up"}
    asked = {field: given.pop(name, None) for field, name in fields.items()}
    chosen: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    base = workload.plan(options.quick)
    # What is left are the workload's own.
    own = {**base.options, **{k: v for k, v in given.items() if v is not None}}
    # Asked for by name it fails with a sentence; by default it is left out.
    chosen.setdefault("schedulers", possible(base.schedulers, where))
    return dataclasses.replace(base, options=own, **chosen, **where)
