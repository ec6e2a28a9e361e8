"""The program: suspend and resume latency, and the cost when nobody suspends."""

from __future__ import annotations

import argparse
import dataclasses
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

from neptune_bench.harness import machine, program, results
from neptune_bench.harness.progress import Progress
from neptune_bench.mechanism import sessions, workers
from neptune_bench.mechanism.figures import Result
from neptune_bench.mechanism.plan import QUICK, Plan

T = TypeVar("T")

WORKERS_A_PAIR: Final = 3
"""Worker processes whose records are timed, for each pair of drivers whose jobs are."""

PACKAGES: Final = ("psutil", "pyarrow", "pandas")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="neptune-spark bench mechanism", description=__doc__)
    made.add_argument(
        "--out", type=Path, default=Path("bench") / "mechanism", help="directory of the results"
    )
    full = Plan()
    add = made.add_argument
    add("--master", default=full.master, help="Spark master of all sessions (%(default)s)")
    add("--scale", type=program.positive, help="times so much data for jobs that nobody suspends")
    repeat = (
        f"pairs of drivers with jobs, and {WORKERS_A_PAIR} times as many workers ({full.pairs})"
    )
    add("--repeat", type=program.count, help=repeat)
    add("--seed", type=int, default=full.seed, help="of moments, orders and data")
    made.add_argument("--quick", action="store_true", help="few of everything, for a look")
    return made


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the sizes and numbers that the command line asks for."""
    plan = QUICK if options.quick else Plan()
    plan = dataclasses.replace(plan, seed=options.seed, master=options.master)
    if options.scale is not None:
        rows, elements = (math.ceil(n * options.scale) for n in (plan.rows, plan.elements))
        plan = dataclasses.replace(plan, rows=rows, elements=elements)
    if options.repeat is not None:
        rounds = WORKERS_A_PAIR * options.repeat
        plan = dataclasses.replace(plan, pairs=options.repeat, rounds=rounds)
    return plan


class Phases:
    """Runs the parts of the benchmark one after the other, with progress, and times them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.seconds: dict[str, float] = {}

    def run(self, title: str, act: Callable[[], T]) -> T:
        """Run one part and return what it returns."""
        began = time.monotonic()
        self._progress.start(title)
        found = act()
        self._progress.finish()
        self.seconds[title] = time.monotonic() - began
        return found

    def show(self, what: str, done: float) -> None:
        """Show what the part does, and how far it is."""
        self._progress.update({"stage": what, "done": done})


def measure(plan: Plan) -> Result:
    """Make all measurements.

    Raises:
        BenchmarkError: if a process fails, or an answer is wrong.
    """
    load_before = machine.load_before()
    progress = Progress()
    phases = Phases(progress)
    iterations = phases.run("calibration", lambda: workers.calibration(plan.sizes_us))
    latencies = phases.run(
        "workers, suspended", lambda: workers.latencies(plan, iterations, phases.show)
    )
    worker_costs = phases.run("workers, cost", lambda: workers.costs(plan, iterations, phases.show))
    with sessions.data(plan) as place:
        of_jvm, jvm = phases.run(
            "JVM tasks, suspended", lambda: sessions.latencies(place, progress.update)
        )
        job_costs, versions = phases.run(
            "jobs, cost", lambda: sessions.costs(plan, place, progress.update)
        )
    return Result(
        plan,
        machine.machine(),
        {**versions, **machine.packages(PACKAGES)},
        load_before,
        jvm,
        [*latencies, *of_jvm],
        worker_costs,
        job_costs,
        phases.seconds,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser().parse_args(arguments)
    return program.run(
        "mechanism",
        lambda: results.make("mechanism", options.out, lambda: measure(plan_of(options))),
    )


if __name__ == "__main__":
    sys.exit(main())
