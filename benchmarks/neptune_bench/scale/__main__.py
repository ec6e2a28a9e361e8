"""The program: Neptune's scheduler on a simulated cluster of any size."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from neptune_bench.harness.command import Command
from neptune_bench.harness.measuring import measuring
from neptune_bench.scale import build
from neptune_bench.scale.figures import Result
from neptune_bench.scale.plan import QUICK, Plan

COMMAND: Final = Command("scale", __doc__, Plan(), QUICK)


def measure(plan: Plan) -> Result:
    """Make all simulations and measurements.

    Raises:
        BenchmarkError: if the driver process fails.
    """
    with measuring("scale", plan) as bench:
        with bench.stage("the simulator's jar"):
            jars = build.joined_class_path()
        found = bench.drive("simulations", "scale.driver", jars)
    return Result(plan, *bench.where(found.pop("versions")), **found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    return COMMAND.main(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
