"""The program: suspend and resume latency, and the cost when nobody suspends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from neptune_bench.harness.command import Command
from neptune_bench.harness.measuring import measuring
from neptune_bench.mechanism import sessions, workers
from neptune_bench.mechanism.figures import Result
from neptune_bench.mechanism.plan import QUICK, Plan

PACKAGES: Final = ("psutil", "pyarrow", "pandas")
COMMAND: Final = Command(
    *("mechanism", __doc__, Plan(), QUICK),
    scaled=("rows", "shuffled", "elements"),
    scale_unit="times so much data for jobs that nobody suspends",
)


def measure(plan: Plan) -> Result:
    """Make all measurements.

    Raises:
        BenchmarkError: if a process fails, or an answer is wrong.
    """
    with measuring("mechanism", plan) as bench:
        with bench.stage("calibration"):
            iterations = workers.calibration(plan.sizes_us)
        with bench.stage("workers, suspended"):
            latencies = workers.latencies(plan, iterations, bench.show)
        with bench.stage("workers, cost"):
            worker_costs = workers.costs(plan, iterations, bench.show)
        sessions.write_data(plan, bench.directory)
        of_jvm, jvm = sessions.latencies(bench)
        job_costs, versions = sessions.costs(plan, bench)
    where = bench.where(versions, PACKAGES)
    every = [*latencies, *of_jvm]
    return Result(plan, *where, jvm, every, worker_costs, job_costs, bench.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    return COMMAND.main(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
