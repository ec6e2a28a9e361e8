"""The program: real-time queries beside a batch (see the package)."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness import drivers, machine, program, results
from neptune_bench.harness.progress import Progress
from neptune_bench.realtime.figures import Result, Run
from neptune_bench.realtime.plan import ALONE, BATCH_ALONE, QUICK, SIDES, Plan
from neptune_bench.ysb.jars import connector
from neptune_bench.ysb.services import running_kafka

PACKAGES: Final = ("neptune-spark", "pyspark")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="neptune-spark bench realtime", description=__doc__)
    full = Plan()
    add = made.add_argument
    add("--out", type=Path, default=Path("bench") / "realtime", help="directory of the results")
    add("--master", default=full.master, help="Spark master of all sessions (%(default)s)")
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
    """Return the sizes and numbers that the command line asks for."""
    plan = QUICK if options.quick else Plan()
    names = {"duration": "duration_s", "schedulers": "sides"}
    given = {
        names.get(name, name): value
        for name, value in vars(options).items()
        if name not in ("out", "quick", "scale") and value is not None
    }
    if options.scale is not None:
        given["rows"] = int(plan.rows * options.scale)
        given["elements"] = int(plan.elements * options.scale)
    return dataclasses.replace(plan, **given)


def measure(plan: Plan) -> Result:
    """Make all runs, with a broker if need be.

    Raises:
        BenchmarkError: if one fails, or something is missing.
    """
    if not plan.kafka:
        return runs_of(plan, "")
    connector()
    with (
        tempfile.TemporaryDirectory(prefix="realtime-") as directory,
        running_kafka(Path(directory) / "kafka") as broker,
    ):
        return runs_of(plan, broker)


def runs_of(plan: Plan, broker: str) -> Result:
    """Make all runs.

    Raises:
        BenchmarkError: if one fails, or what the ratios need is not among the sides.
    """
    if not {ALONE, BATCH_ALONE} <= set(plan.sides):
        raise program.BenchmarkError(f"Name {ALONE} and {BATCH_ALONE}: all ratios are to these.")
    load_before = machine.load_before()
    progress = Progress()
    order = random.Random(plan.seed)
    runs, versions, cores = [], {}, 0
    for number in range(plan.repeat):
        for side in order.sample(plan.sides, len(plan.sides)):
            progress.start(f"{side}, round {number + 1} of {plan.repeat}")
            found = drive(side, number, plan, broker, progress)
            progress.finish()
            versions, cores = found.pop("versions"), found.pop("parallelism")
            latencies = tuple(found.pop("latencies_ms"))
            runs.append(Run(side, number, latencies, **found))
    return Result(
        plan,
        machine.machine(),
        {**versions, **machine.packages(PACKAGES)},
        load_before,
        cores,
        tuple(runs),
    )


def drive(side: str, number: int, plan: Plan, broker: str, progress: Progress) -> dict[str, Any]:
    """Run a driver process, and return its answer."""
    with tempfile.TemporaryDirectory(prefix="realtime-", ignore_cleanup_errors=True) as directory:
        place = Path(directory)
        plan.save(place / "plan.json")
        words = [side, str(number), str(place / "plan.json"), directory, broker]
        return drivers.answer(side, "neptune_bench.realtime.session", words, place, progress.update)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser().parse_args(arguments)
    return program.run(
        "realtime",
        lambda: results.make("realtime", options.out, lambda: measure(plan_of(options))),
    )


if __name__ == "__main__":
    sys.exit(main())
