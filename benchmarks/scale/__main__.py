"""``python -m scale``: Neptune's scheduler on a simulated cluster of any size."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from harness import drivers, machine, program, results
from harness.progress import Progress
from scale import build
from scale.figures import Result
from scale.plan import QUICK, Plan

PACKAGES: Final = ("neptune-spark", "pyspark")


def positive(text: str) -> int:
    """Return a positive integer that a word stands for."""
    value = int(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"it must be positive, not {value}")
    return value


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="neptune-spark bench scale", description=__doc__)
    made.add_argument(
        "--out", type=Path, default=Path("bench") / "scale", help="directory of the results"
    )
    made.add_argument("--seed", type=int, default=Plan().seed, help="of the workloads")
    made.add_argument("--executors", type=positive, help="simulated executors")
    made.add_argument("--cores", type=positive, help="cores of each")
    made.add_argument("--duration", type=positive, help="seconds of virtual time with streams")
    made.add_argument("--repeat", type=positive, help="workloads, each with a seed of its own")
    made.add_argument("--quick", action="store_true", help="little of everything, for a look")
    return made


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the sizes and numbers that the command line asks for."""
    asked = {
        "executors": options.executors,
        "cores": options.cores,
        "duration_s": options.duration,
        "repeat": options.repeat,
    }
    chosen: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    return dataclasses.replace(QUICK if options.quick else Plan(), seed=options.seed, **chosen)


def measure(plan: Plan) -> Result:
    """Make all simulations and measurements.

    Raises:
        BenchmarkError: if the driver process fails.
    """
    load_before = os.getloadavg()[0]
    progress = Progress()
    progress.start("the simulator's jar")
    jars = os.pathsep.join(map(str, build.class_path()))
    progress.finish()
    with tempfile.TemporaryDirectory(prefix="scale-") as directory:
        place = Path(directory)
        plan.save(place / "plan.json")
        words = [str(place / "plan.json"), jars, str(place / "answer.json")]
        progress.start("simulations")
        drivers.drive("scale", "scale.driver", words, place, progress.update)
        progress.finish()
        found = json.loads((place / "answer.json").read_text())
    versions = {**found.pop("versions"), **machine.packages(PACKAGES)}
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
