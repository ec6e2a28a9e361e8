"""The program: stream and batch in one application, under three schedulers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from neptune_bench.demo import report
from neptune_bench.demo.workload import WORKLOAD
from neptune_bench.harness import program, results
from neptune_bench.unified import command_line
from neptune_bench.unified.measuring import measure
from neptune_bench.unified.plan import Plan

ONLY: Final = ("scale", "duration_s", "seed", "schedulers")
COMMAND: Final = command_line.command(WORKLOAD, own="demo", only=ONLY)


def demo(plan: Plan, out: Path) -> None:
    """Make all runs, check their answers, and write table, pictures and result.json.

    Args:
        plan: sizes and times.
        out: directory of the results; made if need be.

    Raises:
        BenchmarkError: if a package that is needed is missing, a run fails, or an answer is wrong.
    """
    plots = results.pictures("demo")
    out.mkdir(parents=True, exist_ok=True)
    ((found, runs),) = measure(WORKLOAD, [plan])
    outcomes = report.outcomes(plan, runs)
    report.write(out / "result.json", found, outcomes)
    plots.latency(outcomes, -plan.lead_s, out / "latency.png")
    plots.timelines(outcomes, -plan.lead_s, out / "timeline.png")
    text = f"{report.page(report.table(outcomes), found.load_before)}\n\n{found.checked}\n"
    results.finish(out, text, ["latency.png", "timeline.png"], found.seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo as the command-line `arguments` say; return the exit status."""
    options = COMMAND.parser().parse_args(arguments)
    return program.run("demo", lambda: demo(COMMAND.plan_of(options), options.out))


if __name__ == "__main__":
    sys.exit(main())
