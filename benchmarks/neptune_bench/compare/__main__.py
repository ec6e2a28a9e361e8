"""The program: what has changed from one result of a benchmark to another."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from neptune_bench.compare.figures import figures
from neptune_bench.compare.noise import Change, change
from neptune_bench.harness import program
from neptune_bench.harness.machine import busy
from neptune_bench.harness.text import aligned
from neptune_bench.results.files import load
from neptune_bench.unified.report import number

CONDITIONS: Final = ("machine", "versions", "plan", "settings")
BY_CHANCE: Final = 0.05


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return what has changed, as a person reads it.

    Raises:
        BenchmarkError: if these are not results of the same benchmark, or have nothing in common.
    """
    names = before["benchmark"], after["benchmark"]
    if names[0] != names[1]:
        raise program.BenchmarkError(
            f"One is a result of {names[0]} and the other of {names[1]}: only results of the same "
            "benchmark can be compared."
        )
    later = {figure.name: figure for figure in figures(after)}
    pairs = [(figure, later[figure.name]) for figure in figures(before) if figure.name in later]
    if not pairs:
        raise program.BenchmarkError("These results have no figure in common.")
    rows: list[tuple[str, ...]] = [("figure", "A", "B", "change", "95 % interval", "")]
    changes = []
    for a, b in pairs:
        found = change(a, b)
        changes.append(found)
        values = (small(figure.value) for figure in (a, b))
        rows.append((a.name, *values, per_cent(found.ratio), *said(found)))
    told = sum(not found.lacks for found in changes)
    real = sum(found.is_real for found in changes)
    summary = (
        f"{real} of {told} figures changed by more than noise; {told * BY_CHANCE:.0f} would by "
        f"chance if nothing had changed. {len(changes) - told} can't be told."
    )
    return "\n".join([*differences(before, after), "", aligned(rows), "", summary])


def small(value: float) -> str:
    """Return a figure with three digits, however small it is."""
    return number(value) if value >= 1 else f"{value:.3g}"


def per_cent(ratio: float) -> str:
    """Return a ratio as a change."""
    return f"{100 * (ratio - 1):+.1f} %"


def said(found: Change) -> tuple[str, str]:
    """Return the interval of a change, and what it means."""
    if found.least is None or found.greatest is None:
        return "-", f"can't tell: {found.lacks}"
    interval = f"{per_cent(found.least)} to {per_cent(found.greatest)}"
    return interval, "more than noise" if found.is_real else "within noise"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Yield a warning for each condition in which the results differ, and of a busy machine."""
    for group in CONDITIONS:
        a, b = (result.get(group) or {} for result in (before, after))
        for key in sorted(a.keys() | b.keys()):
            values = [json.dumps(side.get(key)) for side in (a, b)]
            if values[0] != values[1]:
                yield f"Warning: {group} differs in {key}: {values[0]} and {values[1]}."
    for name, result in (("A", before), ("B", after)):
        load, cpus = result.get("load_before", 0.0), result["machine"].get("cpus", 1)
        if busy(load, cpus):
            yield f"Warning: when {name} was measured: {busy(load, cpus)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare as the command-line `arguments` say; return the exit status."""
    parser = argparse.ArgumentParser(prog="neptune-spark bench compare", description=__doc__)
    parser.add_argument("before", type=Path, metavar="A", help="directory of a result, or its file")
    parser.add_argument("after", type=Path, metavar="B", help="of a later one")
    options = parser.parse_args(arguments)
    return program.run(
        "compare", lambda: print(compared(load(options.before), load(options.after)))
    )


if __name__ == "__main__":
    sys.exit(main())
