"""The command line of every workload, and what it makes: runs, checks, tables, pictures."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from neptune_bench.harness import machine, program
from neptune_bench.harness.program import BenchmarkError, count, positive
from neptune_bench.harness.progress import Progress
from neptune_bench.unified import figures, report, result, runner
from neptune_bench.unified.plan import Plan, divided
from neptune_bench.unified.result import Result
from neptune_bench.unified.runner import Run
from neptune_bench.unified.schedulers import SCHEDULERS, Scheduler
from neptune_bench.unified.workload import Answers, Workload

PACKAGES: Final = ("neptune-spark", "pyspark")
"""Those that all workloads use."""
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


def order(plan: Plan, repeat: int) -> list[Scheduler]:
    """Return the schedulers of a round, shuffled by the plan's seed."""
    names = list(plan.schedulers)
    random.Random(f"{plan.seed}:order:{repeat}").shuffle(names)
    return [SCHEDULERS[name] for name in names]


def measure(workload: Workload, plans: Sequence[Plan]) -> list[tuple[Result, list[Run]]]:
    """Make all runs of some plans on the same data, and check their answers.

    Args:
        workload: what runs.
        plans: with the same data, master and number of rounds; each round has all of them.

    Returns:
        For each plan, what it found, and its runs.

    Raises:
        BenchmarkError: if something that is needed is missing, a run fails, or an answer is wrong.
    """
    for plan in plans:
        for name in plan.schedulers:
            # Better now than after an hour.
            divided(plan.master, len(SCHEDULERS[name].applications))
    load_before = machine.load_before()
    began = time.monotonic()
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix=f"{workload.name}-") as directory:
        data = Path(directory)

        def show(what: str) -> None:
            progress.update({"stage": what})

        progress.start("preparation")
        with workload.prepare(plans[0], data, show):
            progress.finish()
            runs = _all_runs(plans, data, progress)
            progress.start("answers")
            checked = [
                workload.check(plan, data, [answers(run) for run in mine])
                for plan, mine in zip(plans, runs, strict=True)
            ]
            progress.finish()
    used = machine.packages([*PACKAGES, *workload.packages(plans[0])])
    versions = {**runs[0][0].answers[0]["versions"], **used}
    seconds = time.monotonic() - began
    where = machine.machine()
    results = []
    for plan, mine, said in zip(plans, runs, checked, strict=True):
        found = [
            figures.measured(r.scheduler, r.repeat, r.begin, r.end, r.answers, r.logs) for r in mine
        ]
        made = Result(workload, plan, where, versions, load_before, said, found, seconds)
        results.append((made, mine))
    return results


def answers(run: Run) -> Answers:
    """Return what the applications of a run computed."""
    streams = [a["stream_answer"] for a in run.answers if a["stream_answer"] is not None]
    batch = {name: found for a in run.answers for name, found in a["batch_answers"].items()}
    return Answers(run.where, streams[0] if streams else None, batch)


def _all_runs(plans: Sequence[Plan], data: Path, progress: Progress) -> list[list[Run]]:
    """Make the runs, round by round; return those of each plan."""
    runs: list[list[Run]] = [[] for _ in plans]
    total = sum(plan.repeat * len(plan.schedulers) for plan in plans)
    done = 0
    for repeat in range(plans[0].repeat):
        for plan, mine in zip(plans, runs, strict=True):
            for scheduler in order(plan, repeat):
                done += 1
                progress.start(f"{done}/{total} {scheduler.name}")
                mine.append(runner.run(scheduler, repeat, plan, data, progress.update))
                progress.finish()
    return runs


def pictures(package: str) -> ModuleType:
    """Return the module `plots` of a package, before all runs.

    Raises:
        BenchmarkError: if matplotlib is missing: whoever lacks it must learn it in a sentence.
    """
    try:
        return importlib.import_module(f"neptune_bench.{package}.plots")
    except ImportError as error:
        raise BenchmarkError(
            f"The pictures need matplotlib: run '{sys.executable} -m pip install matplotlib' "
            f"({error})."
        ) from error


def make(workload: Workload, plan: Plan, out: Path) -> None:
    """Run the benchmark, and write its table, its pictures and result.json.

    Args:
        workload: what runs.
        plan: sizes and times.
        out: directory of the results; made if need be.

    Raises:
        BenchmarkError: if something that is needed is missing, a run fails, or an answer is wrong.
    """
    plots = pictures("unified")
    out.mkdir(parents=True, exist_ok=True)
    ((found, runs),) = measure(workload, [plan])
    result.write(out / "result.json", found)
    written = report.rendered(found), plots.draw(found, runs, out)
    finish(out, *written, found.seconds)


def finish(out: Path, table: str, drawn: Sequence[str], seconds: float) -> None:
    """Write and print the table, and say what was written.

    Args:
        out: directory of the results.
        table: what goes to table.md.
        drawn: names of the pictures.
        seconds: how long the benchmark took.
    """
    (out / "table.md").write_text(table)
    print(f"\n{table}")
    files = ", ".join(str(out / name) for name in ("table.md", "result.json", *drawn))
    print(f"Written after {seconds:.0f} s: {files}")


def main(workload: Workload, arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser(workload).parse_args(arguments)
    return program.run(
        workload.name, lambda: make(workload, plan_of(workload, options), options.out)
    )
