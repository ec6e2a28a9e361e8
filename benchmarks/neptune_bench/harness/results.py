"""What a benchmark leaves: tables on the screen and in table.md, a picture, result.json."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from neptune_bench.harness.program import BenchmarkError

R = TypeVar("R")


def make(name: str, out: Path, measure: Callable[[], R]) -> None:
    """Measure, and write what the modules `report` and `plots` of the benchmark make of it.

    Args:
        name: package of the benchmark, and name of its picture.
        out: directory of the results; made if need be.
        measure: returns the result.

    Raises:
        BenchmarkError: if a package that is needed is missing, or a measurement fails.
    """
    try:
        # Before all runs: whoever lacks matplotlib must learn it in a sentence.
        plots = importlib.import_module(f"neptune_bench.{name}.plots")
    except ImportError as error:
        raise BenchmarkError(
            f"The picture needs matplotlib: run '{sys.executable} -m pip install matplotlib' "
            f"({error})."
        ) from error
    report = importlib.import_module(f"neptune_bench.{name}.report")
    out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    result = measure()
    table = f"{report.rendered(result)}\n"
    print(f"\n{table}")
    (out / "table.md").write_text(table)
    report.write(out / "result.json", result)
    plots.draw(result, out / f"{name}.png")
    files = ", ".join(str(out / file) for file in ("table.md", f"{name}.png", "result.json"))
    print(f"Written after {time.monotonic() - began:.0f} s: {files}")
