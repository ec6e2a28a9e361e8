"""The program: real-time queries beside a batch (see the package)."""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

from neptune_bench.harness.command import Command
from neptune_bench.harness.measuring import measuring
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.realtime.figures import Result, Run
from neptune_bench.realtime.plan import ALONE, BATCH_ALONE, QUICK, Plan
from neptune_bench.ysb.jars import connector
from neptune_bench.ysb.services import running_kafka

COMMAND: Final = Command(
    *("realtime", __doc__, Plan(), QUICK),
    scaled=("rows", "elements"),
    scale_unit="times so much work in a job of the batch",
)


def measure(plan: Plan) -> Result:
    """Make all runs, with a cluster and a broker if need be.

    Raises:
        BenchmarkError: if one fails, something is missing, or what the ratios need is not among the
            sides.
    """
    if not {ALONE, BATCH_ALONE} <= set(plan.sides):
        raise BenchmarkError(f"Name {ALONE} and {BATCH_ALONE}: all ratios are to these.")
    if plan.kafka:
        connector()
    order = random.Random(plan.seed)
    runs = []
    with ExitStack() as stack:
        bench = stack.enter_context(measuring("realtime", plan))
        kafka = bench.directory / "kafka"
        broker = stack.enter_context(running_kafka(kafka)) if plan.kafka else ""
        for number in range(plan.repeat):
            for side in order.sample(plan.sides, len(plan.sides)):
                title = f"{side}, round {number + 1} of {plan.repeat}"
                found = bench.drive(title, "realtime.session", side, str(number), broker)
                versions, cores = found.pop("versions"), found.pop("parallelism")
                latencies = tuple(found.pop("latencies_ms"))
                runs.append(Run(side, number, latencies, **found))
    return Result(plan, *bench.where(versions), cores, tuple(runs))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    return COMMAND.main(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
