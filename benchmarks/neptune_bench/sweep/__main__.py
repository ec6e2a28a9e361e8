"""The program: stream and batch over the stream's demand (see the package)."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from neptune_bench.harness import program, results
from neptune_bench.sweep import report
from neptune_bench.sweep.workload import SHARE, WORKLOAD
from neptune_bench.unified import command_line
from neptune_bench.unified.measuring import measure
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.schedulers import BATCH_ALONE

SHARES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
QUICK_SHARES: Final = (0.0, 0.5)
COMMAND: Final = command_line.command(WORKLOAD)


def shares(text: str) -> tuple[float, ...]:
    """Return the demands that a comma-separated list of per cents names, ascending."""
    found = sorted({float(word) / 100 for word in text.split(",")})
    if not all(0 <= share <= 1 for share in found):
        raise argparse.ArgumentTypeError(f"demands are from 0 to 100 per cent, not {text!r}")
    return tuple(found)


def plans(base: Plan, demands: Sequence[float]) -> list[Plan]:
    """Return the plan of each demand; at 0 there is no stream, and elsewhere no batch alone."""
    made = []
    for share in demands:
        names = tuple(name for name in base.schedulers if (name != BATCH_ALONE) == (share > 0))
        if names:
            made.append(dataclasses.replace(base, schedulers=names, options={SHARE: share}))
    return made


def sweep(base: Plan, demands: Sequence[float], out: Path) -> None:
    """Make the runs at all demands; write the table, the picture and result.json.

    Raises:
        BenchmarkError: if a run fails, or an answer is wrong.
    """
    plots = results.pictures("sweep")
    out.mkdir(parents=True, exist_ok=True)
    found = [result for result, _ in measure(WORKLOAD, plans(base, demands))]
    report.write(out / "result.json", found)
    drawn = plots.draw(report.points(found), out)
    results.finish(out, report.rendered(found), drawn, found[0].seconds)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = COMMAND.parser()
    default = ",".join(f"{100 * share:g}" for share in SHARES)
    made.add_argument("--shares", type=shares, help=f"demands, in per cent ({default})")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser().parse_args(arguments)
    demands = options.shares or (QUICK_SHARES if options.quick else SHARES)
    del options.shares

    def act() -> None:
        sweep(COMMAND.plan_of(options), demands, options.out)

    return program.run("sweep", act)


if __name__ == "__main__":
    sys.exit(main())
