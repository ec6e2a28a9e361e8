"""The program: policies, on simulated and on real executors (see the package)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from neptune_bench.harness.command import Command
from neptune_bench.harness.measuring import measuring
from neptune_bench.harness.record import decoded
from neptune_bench.policies.plan import QUICK, Plan
from neptune_bench.policies.report import Cell, Result
from neptune_bench.scale import build

COMMAND: Final = Command("policies", __doc__, Plan(), QUICK)


def measure(plan: Plan) -> Result:
    """Make all simulations, and ask all requests.

    Raises:
        BenchmarkError: if a driver process fails.
    """
    with measuring("policies", plan) as bench:
        simulated = bench.drive("simulation", "policies.simulation", build.joined_class_path())
        real = bench.drive("session", "policies.session")
    cells = decoded(tuple[Cell, ...], [*simulated["cells"], *real["cells"]])
    return Result(plan, *bench.where(real["versions"]), cells)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    return COMMAND.main(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
