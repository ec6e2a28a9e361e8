"""The program: the path of a preemption, instant by instant (see the package)."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from neptune_bench.harness.command import Command
from neptune_bench.harness.measuring import measuring
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.harness.record import decoded
from neptune_bench.path.figures import Result, Side
from neptune_bench.path.plan import QUICK, SESSIONS, TASKS, Plan

COMMAND: Final = Command("path", __doc__, Plan(), QUICK)


def measure(plan: Plan) -> Result:
    """Run all jobs of each kind of task.

    Raises:
        BenchmarkError: if a session fails, or no job of a side went as it should.
    """
    sides: list[Side] = []
    with measuring("path", plan) as bench:
        for tasks, hands_over in itertools.product(plan.tasks, SESSIONS):
            title = f"{TASKS[tasks]} tasks, {'handed over' if hands_over else 'answered first'}"
            answer = bench.drive(title, "path.session", tasks, str(hands_over).lower())
            sides += sides_of(tasks, SESSIONS[hands_over], answer)
    return Result(plan, *bench.where(answer["versions"]), answer["cores"], tuple(sides))


def sides_of(tasks: str, sides: Iterable[str], answer: Mapping[str, Any]) -> list[Side]:
    """Return what a session answered.

    Raises:
        BenchmarkError: if no job of a side went as it should.
    """
    found = [decoded(Side, {"tasks": tasks, "side": side, **answer[side]}) for side in sides]
    for side in found:
        if not side.paths:
            raise BenchmarkError(
                f"No job on the {side.side} session with {TASKS[tasks]} tasks had the path that "
                f"it should have, of {side.others}."
            )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    return COMMAND.main(measure, arguments)


if __name__ == "__main__":
    sys.exit(main())
