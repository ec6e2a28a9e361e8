"""The program: real-time queries beside a batch (see the package)."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import random
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from neptune_bench.harness import drivers, layout, machine, program, results
from neptune_bench.harness.progress import Progress
from neptune_bench.realtime.figures import Result, Run
from neptune_bench.realtime.plan import ALONE, BATCH_ALONE, QUICK, SIDES, Plan
from neptune_bench.ysb.jars import connector
from neptune_bench.ysb.services import running_kafka


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="neptune-spark bench realtime", description=__doc__)
    full = Plan()
    add = made.add_argument
    add("--out", type=Path, default=Path("bench") / "realtime", help="directory of the results")
    layout.add_arguments(made)
    sides = functools.partial(program.chosen, kind="side", known=SIDES)
    add("--schedulers", type=sides, metavar="SIDES", help=f"of {', '.join(SIDES)}")
    add("--scale", type=program.positive, help="times so much work in a job of the batch")
    add("--duration", type=program.positive, help="seconds of a run that count")
    add("--rate", type=program.positive, help=f"events each second ({full.rate:g})")
    add("--queries", type=program.count, help=f"real-time queries ({full.queries})")
    add("--counts", action="store_true", help="one query with a shuffle instead (Spark 4.3)")
    add("--kafka", action="store_true", help="events and answers by Kafka, not in memory")
    add("--repeat", type=program.count, help=f"rounds of runs ({full.repeat})")
    add("--seed", type=int, default=full.seed, help="of events and orders")
    add("--quick", action="store_true", help="one short round, for a look")
    return made


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the sizes and numbers that the command line asks for.

    Raises:
        BenchmarkError: if its layout is not possible here.
    """
    plan = QUICK if options.quick else Plan()
    names = {"duration": "duration_s", "schedulers": "sides"}
    given = {
        names.get(name, name): value
        for name, value in vars(options).items()
        if name not in ("out", "quick", "scale", "layout", "master") and value is not None
    }
    if options.scale is not None:
        given["rows"] = int(plan.rows * options.scale)
        given["elements"] = int(plan.elements * options.scale)
    return dataclasses.replace(plan, **given, **layout.asked(options.layout, options.master))


def measure(plan: Plan) -> Result:
    """Make all runs, with a cluster and a broker if need be.

    Raises:
        BenchmarkError: if one fails, something is missing, or what the ratios need is not among the
            sides.
    """
    if not {ALONE, BATCH_ALONE} <= set(plan.sides):
        raise program.BenchmarkError(f"Name {ALONE} and {BATCH_ALONE}: all ratios are to these.")
    if plan.kafka:
        connector()
    load_before = machine.load_before()
    progress = Progress()
    order = random.Random(plan.seed)
    runs, versions, cores = [], {}, 0
    with contextlib.ExitStack() as stack:
        directory = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="realtime-", ignore_cleanup_errors=True)
            )
        )
        changed, check = stack.enter_context(layout.laid_out(plan, directory / "cluster"))
        # Not what goes to the result: the cluster's port is another one each time.
        ours = dataclasses.replace(plan, **changed)
        broker = stack.enter_context(running_kafka(directory / "kafka")) if plan.kafka else ""
        heard = layout.heeding(check, progress)

        for number in range(plan.repeat):
            for side in order.sample(plan.sides, len(plan.sides)):
                progress.start(f"{side}, round {number + 1} of {plan.repeat}")
                check()
                found = drive(side, number, ours, broker, heard)
                progress.finish()
                versions, cores = found.pop("versions"), found.pop("parallelism")
                latencies = tuple(found.pop("latencies_ms"))
                runs.append(Run(side, number, latencies, **found))
    return Result(
        plan,
        {**machine.machine(), **layout.facts(plan)},
        {**versions, **machine.packages()},
        load_before,
        cores,
        tuple(runs),
    )


def drive(
    side: str, number: int, plan: Plan, broker: str, heard: Callable[[drivers.State], None]
) -> dict[str, Any]:
    """Run a driver process, and return its answer."""
    with tempfile.TemporaryDirectory(prefix="realtime-", ignore_cleanup_errors=True) as directory:
        place = Path(directory)
        plan.save(place / "plan.json")
        words = [side, str(number), str(place / "plan.json"), directory, broker]
        return drivers.answer(side, "neptune_bench.realtime.session", words, place, heard)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser().parse_args(arguments)
    return program.run(
        "realtime",
        lambda: results.make("realtime", options.out, lambda: measure(plan_of(options))),
    )


if __name__ == "__main__":
    sys.exit(main())
