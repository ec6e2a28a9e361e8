"""The program: the path of a preemption, instant by instant (see the package)."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neptune_bench.harness import drivers, layout, machine, program, results
from neptune_bench.harness.progress import Progress
from neptune_bench.harness.record import decoded
from neptune_bench.path.figures import Result, Side
from neptune_bench.path.plan import QUICK, SIDES, TASKS, Plan


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="neptune-spark bench path", description=__doc__)
    full = Plan()
    add = made.add_argument
    add("--out", type=Path, default=Path("bench") / "path", help="directory of the results")
    layout.add_arguments(made)
    kinds = functools.partial(program.chosen, kind="kind of task", known=TASKS)
    add("--tasks", type=kinds, help=f"which kinds of tasks ({','.join(full.tasks)})")
    add("--repeat", type=program.count, help=f"rounds of {full.jobs} jobs ({full.repeat})")
    add("--seed", type=int, default=full.seed, help="of the moments of submission")
    add("--quick", action="store_true", help="few jobs, for a look")
    return made


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the sizes and numbers that the command line asks for.

    Raises:
        BenchmarkError: if its layout is not possible here.
    """
    given = {
        name: value
        for name, value in vars(options).items()
        if name in ("tasks", "repeat", "seed") and value is not None
    }
    where = layout.asked(options.layout, options.master)
    return dataclasses.replace(QUICK if options.quick else Plan(), **given, **where)


def measure(plan: Plan) -> Result:
    """Run all jobs of each kind of task.

    Raises:
        BenchmarkError: if a session fails, or no job of a side went as it should.
    """
    load_before = machine.load_before()
    progress = Progress()
    sides: list[Side] = []
    versions: dict[str, str] = {}
    cores = 0
    with (
        tempfile.TemporaryDirectory(prefix="path-", ignore_cleanup_errors=True) as directory,
        layout.laid_out(plan, Path(directory) / "cluster") as (changed, check),
    ):
        running = dataclasses.replace(plan, **changed)
        heard = layout.heeding(check, progress)

        for tasks in plan.tasks:
            progress.start(f"{TASKS[tasks]} tasks")
            place = Path(directory) / tasks
            place.mkdir()
            running.save(place / "plan.json")
            words = [tasks, str(place / "plan.json"), str(place)]
            module = "neptune_bench.path.session"
            answer = drivers.answer(TASKS[tasks], module, words, place, heard)
            progress.finish()
            sides += sides_of(tasks, answer)
            versions, cores = answer["versions"], answer["cores"]
    return Result(
        plan,
        {**machine.machine(), **layout.facts(plan)},
        {**versions, **machine.packages()},
        load_before,
        cores,
        tuple(sides),
    )


def sides_of(tasks: str, answer: Mapping[str, Any]) -> list[Side]:
    """Return what a session answered.

    Raises:
        BenchmarkError: if no job of a side went as it should.
    """
    found = [decoded(Side, {"tasks": tasks, "side": side, **answer[side]}) for side in SIDES]
    for side in found:
        if not side.paths:
            raise program.BenchmarkError(
                f"No job on the {side.side} session with {TASKS[tasks]} tasks had the path that "
                f"it should have, of {side.others}."
            )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser().parse_args(arguments)
    return program.run(
        "path", lambda: results.make("path", options.out, lambda: measure(plan_of(options)))
    )


if __name__ == "__main__":
    sys.exit(main())
