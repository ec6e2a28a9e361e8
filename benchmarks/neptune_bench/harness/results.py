"""What a benchmark leaves: tables on the screen and in table.md, pictures, result.json."""

from __future__ import annotations

import importlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

from neptune_bench.harness.program import missing
from neptune_bench.harness.record import Record


@dataclass(frozen=True)
class Result:
    """Everything that a run of a benchmark found, as it is written to result.json.

    Args:
        plan: what was asked for; of the benchmark's own type.
        machine, versions: where it was measured, and with what.
        load_before: how many processors were in use before anything of the benchmark's started.
    """

    plan: Record
    machine: dict[str, object]
    versions: dict[str, str]
    load_before: float

    def more(self) -> dict[str, object]:
        """Return what result.json has besides."""
        return {}


def write(path: Path, name: str, result: Result) -> None:
    """Write the result of the benchmark `name` to `path`."""
    found = {"benchmark": name, **result.more(), **asdict(result)}
    path.write_text(json.dumps(found, indent=1) + "\n")


def pictures(name: str) -> ModuleType:
    """Return the module `plots` of a benchmark, before all runs.

    Raises:
        BenchmarkError: if matplotlib is missing: whoever lacks it must learn it in a sentence.
    """
    try:
        return importlib.import_module(f"neptune_bench.{name}.plots")
    except ImportError as error:
        raise missing(f"The pictures need matplotlib ({error})", "matplotlib") from error


def make(name: str, out: Path, measure: Callable[[], Result]) -> None:
    """Measure, and write what the modules `report` and `plots` of the benchmark make of it.

    Args:
        name: package of the benchmark, and name of its picture.
        out: directory of the results; made if need be.
        measure: returns the result.

    Raises:
        BenchmarkError: if a package that is needed is missing, or a measurement fails.
    """
    plots = pictures(name)
    report = importlib.import_module(f"neptune_bench.{name}.report")
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    result = measure()
    write(out / "result.json", name, result)
    plots.draw(result, out / f"{name}.png")
    finish(out, f"{report.rendered(result)}\n", [f"{name}.png"], time.monotonic() - began)


def finish(out: Path, table: str, drawn: Sequence[str], seconds: float) -> None:
    """Write and print the table, and say what was written.

    Args:
        out: directory of the results.
        table: what goes to table.md.
        drawn: names of the pictures.
        seconds: how long the benchmark took.
    """
    (out / "table.md").write_text(table)
    print(f"\n{table}")
    files = ", ".join(str(out / name) for name in ("table.md", "result.json", *drawn))
    print(f"Written after {seconds:.0f} s: {files}")
