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
from typing import Any, Final

from harness import machine, program
from harness.program import BenchmarkError
from harness.progress import Progress
from unified import figures, report, result, runner
from unified.plan import Plan, divided
from unified.result import Result
from unified.runner import Run
from unified.schedulers import SCHEDULERS, Scheduler
from unified.workload import Answers, Workload

PACKAGES: Final = (
    *("neptune-spark", "pyspark", "greenlet", "numpy", "pandas", "pyarrow"),
    *("duckdb", "tpchgen-cli"),
)
FEWEST_CORES: Final = 2


def schedulers(text: str) -> tuple[str, ...]:
    """Return the schedulers that a comma-separated list names."""
    names = tuple(name.strip() for name in text.split(","))
    unknown = [name for name in names if name not in SCHEDULERS]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown scheduler {unknown[0]!r}: choose from {', '.join(SCHEDULERS)}"
        )
    return tuple(dict.fromkeys(names))


def positive(text: str) -> float:
    """Return a positive number that a word stands for."""
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"it must be positive, not {value:g}")
    return value


def rounds(text: str) -> int:
    """Return a positive integer that a word stands for."""
    value = int(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"it must be positive, not {value}")
    return value


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
    add("--repeat", type=rounds, help=f"runs of each scheduler ({full.repeat})")
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


def measure(workload: Workload, plan: Plan) -> tuple[Result, list[Run]]:
    """Make all runs and check their answers.

    Raises:
        BenchmarkError: if something that is needed is missing, a run fails, or an answer is wrong.
    """
    for name in plan.schedulers:
        # Better now than after an hour.
        divided(plan.master, len(SCHEDULERS[name].applications))
    load_before = os.getloadavg()[0]
    began = time.monotonic()
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix=f"{workload.name}-") as directory:
        data = Path(directory)

        def show(what: str) -> None:
            progress.update({"stage": what})

        progress.start("preparation")
        with workload.prepare(plan, data, show):
            progress.finish()
            runs = list(_all_runs(plan, data, progress))
            progress.start("answers")
            answers = [
                Answers(
                    run.where,
                    next((a["stream_answer"] for a in run.answers if a["stream_answer"]), None),
                    {k: v for a in run.answers for k, v in a["batch_answers"].items()},
                )
                for run in runs
            ]
            checked = workload.check(plan, data, answers)
            progress.finish()
    found = [
        figures.measured(r.scheduler, r.repeat, r.begin, r.end, r.answers, r.logs) for r in runs
    ]
    versions = {**runs[0].answers[0]["versions"], **machine.packages(PACKAGES)}
    seconds = time.monotonic() - began
    made = Result(workload, plan, machine.machine(), versions, load_before, checked, found, seconds)
    return made, runs


def _all_runs(plan: Plan, data: Path, progress: Progress) -> list[Run]:
    runs: list[Run] = []
    total = plan.repeat * len(plan.schedulers)
    for repeat in range(plan.repeat):
        for scheduler in order(plan, repeat):
            progress.start(f"{len(runs) + 1}/{total} {scheduler.name}")
            runs.append(runner.run(scheduler, repeat, plan, data, progress.update))
            progress.finish()
    return runs


def make(workload: Workload, plan: Plan, out: Path) -> None:
    """Run the benchmark, and write its table, its pictures and result.json.

    Args:
        workload: what runs.
        plan: sizes and times.
        out: directory of the results; made if need be.

    Raises:
        BenchmarkError: if something that is needed is missing, a run fails, or an answer is wrong.
    """
    try:
        # Before all runs: whoever lacks matplotlib must learn it in a sentence.
        plots = importlib.import_module("unified.plots")
    except ImportError as error:
        raise BenchmarkError(
            f"The pictures need matplotlib: run '{sys.executable} -m pip install matplotlib' "
            f"({error})."
        ) from error
    out.mkdir(parents=True, exist_ok=True)
    found, runs = measure(workload, plan)
    result.write(out / "result.json", found)
    table = report.rendered(found)
    (out / "table.md").write_text(table)
    print(f"\n{table}")
    pictures = plots.draw(found, runs, out)
    files = ", ".join(str(out / name) for name in ("table.md", "result.json", *pictures))
    print(f"Written after {found.seconds:.0f} s: {files}")


def main(workload: Workload, arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser(workload).parse_args(arguments)
    return program.run(
        workload.name, lambda: make(workload, plan_of(workload, options), options.out)
    )
