"""The program: users with long and with short queries in one session (see the package)."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import random
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness import drivers, eventlog, layout, machine, program, results
from neptune_bench.harness.progress import Progress
from neptune_bench.harness.runs import event_log_lines
from neptune_bench.share.figures import Result, Run, Sample, measured
from neptune_bench.share.plan import ALONE, QUICK, SIDES, Plan
from neptune_bench.tpch import oracle
from neptune_bench.tpch.tables import LONG, SHORT
from neptune_bench.tpch.workload import LONG_QUERIES, SHORT_QUERIES, make_data

PACKAGES: Final = ("tpchgen-cli", "duckdb", "duckdb-extension-tpch")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="neptune-spark bench share", description=__doc__)
    full = Plan()
    add = made.add_argument
    add("--out", type=Path, default=Path("bench") / "share", help="directory of the results")
    layout.add_arguments(made)
    sides = functools.partial(program.chosen, kind="side", known=SIDES)
    add("--schedulers", type=sides, metavar="SIDES", help=f"of {', '.join(SIDES)}")
    add("--scale", type=program.positive, help=f"TPC-H scale of the long queries ({full.scale:g})")
    add("--queries", type=program.count, help=f"long queries of each user ({full.queries})")
    add("--rate", type=program.positive, help=f"short ones of each a second ({full.rate:g})")
    add("--window", type=program.positive, help=f"seconds of Jain's index ({full.window_s:g})")
    add("--starved", type=program.positive, help=f"seconds until a kill ({full.starved_s:g})")
    add("--repeat", type=program.count, help=f"rounds of runs ({full.repeat})")
    add("--seed", type=int, default=full.seed, help="of queries, moments and orders")
    add("--quick", action="store_true", help="one short round, for a look")
    return made


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the sizes and numbers that the command line asks for.

    Raises:
        BenchmarkError: if its layout is not possible here.
    """
    names = {"schedulers": "sides", "window": "window_s", "starved": "starved_s"}
    given = {
        names.get(name, name): value
        for name, value in vars(options).items()
        if name not in ("out", "quick", "layout", "master") and value is not None
    }
    where = layout.asked(options.layout, options.master)
    return dataclasses.replace(QUICK if options.quick else Plan(), **given, **where)


def measure(plan: Plan) -> Result:
    """Make the data and all runs, and check their answers.

    Raises:
        BenchmarkError: if one fails, something is missing, or an answer is wrong.
    """
    if ALONE not in plan.sides:
        raise program.BenchmarkError(f"Name {ALONE}: all slow-downs are to it.")
    load_before = machine.load_before()
    progress = Progress()
    order = random.Random(plan.seed)
    runs, versions = [], {}
    with (
        tempfile.TemporaryDirectory(prefix="share-", ignore_cleanup_errors=True) as directory,
        layout.laid_out(plan, Path(directory) / "cluster") as (changed, check),
    ):
        data = Path(directory)
        # Not what goes to the result: the cluster's port is another one each time.
        ours = dataclasses.replace(plan, **changed)
        heard = layout.heeding(check, progress)

        progress.start("preparation")
        make_data(plan.scale, data, lambda what: progress.update({"stage": what}))
        want = {
            LONG: oracle.answers(LONG_QUERIES, data / LONG),
            SHORT: oracle.answers(SHORT_QUERIES, data / SHORT),
        }
        progress.finish()
        for number in range(plan.repeat):
            for side in order.sample(plan.sides, len(plan.sides)):
                progress.start(f"{side}, round {number + 1} of {plan.repeat}")
                check()
                run, answer = drive(side, number, ours, data, heard)
                progress.finish()
                for length, found in answer["answers"].items():
                    oracle.compare(found, want[length], f"{side} (repeat {number + 1})")
                versions = answer["versions"]
                runs.append(run)
    return Result(
        plan,
        {**machine.machine(), **layout.facts(plan)},
        {**versions, **machine.packages(PACKAGES)},
        load_before,
        "All answers of all runs were DuckDB's on the same files.",
        tuple(runs),
    )


def drive(
    side: str, number: int, plan: Plan, data: Path, heard: Callable[[drivers.State], None]
) -> tuple[Run, Mapping[str, Any]]:
    """Run a driver process; return what it measured, and its whole answer."""
    with tempfile.TemporaryDirectory(prefix="share-", ignore_cleanup_errors=True) as directory:
        place = Path(directory)
        plan.save(place / "plan.json")
        words = [side, str(number), str(place / "plan.json"), directory, str(data)]
        answer = drivers.answer(side, "neptune_bench.share.session", words, place, heard)
        log = eventlog.parse(event_log_lines(place / "events"))
    samples = [Sample(**sample) for sample in answer["samples"]]
    return measured(side, number, plan, log, samples, answer["begin"], answer["end"]), answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser().parse_args(arguments)
    return program.run(
        "share", lambda: results.make("share", options.out, lambda: measure(plan_of(options)))
    )


if __name__ == "__main__":
    sys.exit(main())
