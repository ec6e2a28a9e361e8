"""The program: users with long and with short queries in one session (see the package)."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from typing import Final

from neptune_bench.harness import eventlog
from neptune_bench.harness.command import Command
from neptune_bench.harness.measuring import measuring
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.harness.sessions import EVENTS
from neptune_bench.share.figures import Result, Sample, measured
from neptune_bench.share.plan import ALONE, QUICK, Plan
from neptune_bench.tpch import oracle
from neptune_bench.tpch.tables import LONG, SHORT
from neptune_bench.tpch.workload import LONG_QUERIES, PACKAGES, SHORT_QUERIES, make_data

COMMAND: Final = Command("share", __doc__, Plan(), QUICK)


def measure(plan: Plan) -> Result:
    """Make the data and all runs, and check their answers.

    Raises:
        BenchmarkError: if one fails, something is missing, or an answer is wrong.
    """
    if ALONE not in plan.sides:
        raise BenchmarkError(f"Name {ALONE}: all slow-downs are to it.")
    order = random.Random(plan.seed)
    runs = []
    with measuring("share", plan) as bench:
        data = bench.directory
        with bench.stage("preparation"):
            make_data(plan.scale, data, bench.show)
            want = {
                LONG: oracle.answers(LONG_QUERIES, data / LONG),
                SHORT: oracle.answers(SHORT_QUERIES, data / SHORT),
            }
        for number in range(plan.repeat):
            for side in order.sample(plan.sides, len(plan.sides)):
                title = f"{side}, round {number + 1} of {plan.repeat}"
                words = (side, str(number), str(data))
                with bench.driven(title, "share.session", *words) as (answer, place):
                    log = eventlog.read(place / EVENTS)
                for length, found in answer["answers"].items():
                    oracle.compare(found, want[length], f"{side} (repeat {number + 1})")
                samples = [Sample(**sample) for sample in answer["samples"]]
                span = (answer["begin"], answer["end"])
                runs.append(measured(side, number, plan, log, samples, *span))
    where = bench.where(answer["versions"], PACKAGES)
    checked = "All answers of all runs were DuckDB's on the same files."
    return Result(plan, *where, checked, tuple(runs))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    return COMMAND.main(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
