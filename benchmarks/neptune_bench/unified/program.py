"""The program of every workload: its command line, its runs, and what it writes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from neptune_bench.harness import program, results
from neptune_bench.unified import report, result
from neptune_bench.unified.command_line import command
from neptune_bench.unified.measuring import measure
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.workload import Workload


def make(workload: Workload, plan: Plan, out: Path) -> None:
    """Run the benchmark, and write its table, its pictures and result.json.

    Args:
        workload: what runs.
        plan: sizes and times.
        out: directory of the results; made if need be.

    Raises:
        BenchmarkError: if something that is needed is missing, a run fails, or an answer is wrong.
    """
    plots = results.pictures("unified")
    out.mkdir(parents=True, exist_ok=True)
    ((found, runs),) = measure(workload, [plan])
    result.write(out / "result.json", found)
    drawn = plots.draw(found, runs, out)
    results.finish(out, report.rendered(found), drawn, found.seconds)


def main(workload: Workload, arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    asked = command(workload)
    options = asked.parser().parse_args(arguments)
    return program.run(workload.name, lambda: make(workload, asked.plan_of(options), options.out))
