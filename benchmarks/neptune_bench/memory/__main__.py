"""The program: memory of driver, executor and Python while an application goes on."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from neptune_bench.harness.command import Command
from neptune_bench.harness.measuring import measuring
from neptune_bench.harness.record import decoded
from neptune_bench.memory.figures import Result, Side
from neptune_bench.memory.plan import QUICK, SIDES, Plan

COMMAND: Final = Command("memory", __doc__, Plan(), QUICK)


def measure(plan: Plan) -> Result:
    """Run both sides, one after the other.

    Raises:
        BenchmarkError: if a session fails.
    """
    sides: list[Side] = []
    with measuring("memory", plan) as bench:
        for side in plan.sides:
            answer = bench.drive(SIDES[side], "memory.session", side)
            sides.append(decoded(Side, {"side": side, **answer}))
    return Result(plan, *bench.where(answer["versions"]), answer["cores"], tuple(sides))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    return COMMAND.main(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
