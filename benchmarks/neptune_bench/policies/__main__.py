"""The program: policies, on simulated and on real executors (see the package)."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neptune_bench.harness import drivers, machine, program, results
from neptune_bench.harness.progress import Progress
from neptune_bench.policies.plan import POLICIES, QUICK, Plan
from neptune_bench.policies.report import Cell, Result
from neptune_bench.scale import build


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="neptune-spark bench policies", description=__doc__)
    add = made.add_argument
    add("--out", type=Path, default=Path("bench") / "policies", help="directory of the results")
    names = functools.partial(program.chosen, kind="policy", known=POLICIES)
    add("--schedulers", dest="policies", type=names, help=f"of {', '.join(POLICIES)} (all)")
    add("--repeat", dest="workloads", type=program.count, help="workloads of each scenario")
    add("--duration", dest="duration_s", type=program.positive, help="of each, in virtual seconds")
    add("--requests", type=program.count, help="of each kind, under each policy, to real executors")
    add("--seed", type=int, help="of workloads, and of orders")
    add("--quick", action="store_true", help="little of everything, for a look")
    return made


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the sizes and numbers that the command line asks for."""
    given = {n: v for n, v in vars(options).items() if n not in ("out", "quick") and v is not None}
    return dataclasses.replace(QUICK if options.quick else Plan(), **given)


def measure(plan: Plan) -> Result:
    """Make all simulations, and ask all requests.

    Raises:
        BenchmarkError: if a driver process fails.
    """
    load_before = machine.load_before()
    progress = Progress()

    def drive(name: str, word: str | None = None) -> dict[str, Any]:
        progress.start(name)
        with tempfile.TemporaryDirectory(prefix="policies-", ignore_cleanup_errors=True) as place:
            plan.save(Path(place) / "plan.json")
            words = [str(Path(place) / "plan.json"), word or place]
            module = f"neptune_bench.policies.{name}"
            found = drivers.answer(name, module, words, Path(place), progress.update)
        progress.finish()
        return found

    simulated = drive("simulation", os.pathsep.join(map(str, build.class_path())))
    real = drive("session")
    cells = tuple(
        Cell(c["load"], c["policy"], tuple(c["slow_downs"]), c["others"])
        for c in (*simulated["cells"], *real["cells"])
    )
    versions = {**real["versions"], **machine.packages()}
    return Result(plan, machine.machine(), versions, load_before, cells)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser().parse_args(arguments)
    return program.run(
        "policies",
        lambda: results.make("policies", options.out, lambda: measure(plan_of(options))),
    )


if __name__ == "__main__":
    sys.exit(main())
