"""The program: Neptune's scheduler on a simulated cluster of any size."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neptune_bench.harness import drivers, machine, program, results
from neptune_bench.harness.progress import Progress
from neptune_bench.scale import build
from neptune_bench.scale.figures import Result
from neptune_bench.scale.plan import MODES, POLICIES, QUICK, SCHEDULERS, Plan


def schedulers(text: str) -> tuple[str, ...]:
    """Return the schedulers that a comma-separated list names."""
    return program.chosen(text, "scheduler", SCHEDULERS)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="neptune-spark bench scale", description=__doc__)
    made.add_argument(
        "--out", type=Path, default=Path("bench") / "scale", help="directory of the results"
    )
    made.add_argument("--seed", type=int, default=Plan().seed, help="of the workloads")
    add = made.add_argument
    add("--executors", type=program.count, help="simulated executors")
    add("--cores", type=program.count, help="cores of each")
    add("--duration", type=program.positive, help="seconds of virtual time with streams")
    add("--repeat", type=program.count, help="workloads, each with a seed of its own")
    names = f"{', '.join(POLICIES)}; or one with :{' or :'.join(MODES[1:])}"
    add("--schedulers", type=schedulers, help=f"which to simulate: {names} (all)")
    made.add_argument("--quick", action="store_true", help="little of everything, for a look")
    return made


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the sizes and numbers that the command line asks for."""
    asked = {
        "executors": options.executors,
        "cores": options.cores,
        "duration_s": options.duration,
        "repeat": options.repeat,
        "schedulers": options.schedulers,
    }
    chosen: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    return dataclasses.replace(QUICK if options.quick else Plan(), seed=options.seed, **chosen)


def measure(plan: Plan) -> Result:
    """Make all simulations and measurements.

    Raises:
        BenchmarkError: if the driver process fails.
    """
    load_before = machine.load_before()
    progress = Progress()
    progress.start("the simulator's jar")
    jars = os.pathsep.join(map(str, build.class_path()))
    progress.finish()
    with tempfile.TemporaryDirectory(prefix="scale-") as directory:
        place = Path(directory)
        plan.save(place / "plan.json")
        words = [str(place / "plan.json"), jars, str(place / "answer.json")]
        progress.start("simulations")
        drivers.drive("scale", "neptune_bench.scale.driver", words, place, progress.update)
        progress.finish()
        found = json.loads((place / "answer.json").read_text())
    versions = {**found.pop("versions"), **machine.packages()}
    return Result(plan, machine.machine(), versions, load_before, **found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as the command-line `arguments` say; return the exit status."""
    options = parser().parse_args(arguments)
    return program.run(
        "scale",
        lambda: results.make("scale", options.out, lambda: measure(plan_of(options))),
    )


if __name__ == "__main__":
    sys.exit(main())
