"""Results in the repository: where each has its place, and what of it is kept."""

from __future__ import annotations

import importlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness.layout import CLUSTER, GIVEN, LOCAL
from neptune_bench.harness.program import BenchmarkError

FOLDER: Final = "benchmarks/results"
RESULT: Final = "result.json"
NOTES: Final = "notes.md"
"""What a person has to say about the bars that a result misses."""
LONG: Final = 1000
"""How many numbers a list may have that are kept to six digits, not to three."""
MOMENT: Final = 1e6
"""From where on a number is a moment, in epoch seconds or in bytes, and kept to milliseconds."""
LOCAL_MASTER: Final = re.compile(r"local\[[\d*]+\]")
REPORTS: Final = {
    **dict.fromkeys(("tpch", "ysb", "lda"), "unified.report"),
    **{name: f"{name}.report" for name in ("demo", "share", "realtime", "policies", "scale")},
    **{name: f"{name}.report" for name in ("mechanism", "memory", "path", "sweep")},
}
"""The module that knows the results of each benchmark: `shown` and `compared`."""
NOT_MODEL: Final = re.compile(r"\(.*?\)|@.*|\b(AMD|Intel|CPU|Processor|\S*\d\S*)\b|[^\w ]")


@dataclass(frozen=True)
class Kept:
    """A result in the repository.

    Args:
        place: its directory, below `FOLDER`.
        result: what its result.json has.
        notes: what its notes.md has, if there is one.
    """

    place: str
    result: Mapping[str, Any]
    notes: str

    @property
    def name(self) -> str:
        """The benchmark's, and its variant's."""
        return self.place.rpartition("/")[2]


def load(path: Path) -> dict[str, Any]:
    """Return the result at `path`: a directory of results, or a result.json.

    Raises:
        BenchmarkError: if there is none.
    """
    try:
        file = path / RESULT if path.is_dir() else path
        result = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise BenchmarkError(
            f"There is no result of a benchmark in {path}: name a directory that was given as "
            f"--out, or its {RESULT} ({error})."
        ) from error
    if not isinstance(result, dict) or not {"benchmark", "machine"} <= set(result):
        raise BenchmarkError(f"{path} is not the result of a benchmark.")
    return result


@contextmanager
def reader(result: Mapping[str, Any], done: str) -> Iterator[Any]:
    """Yield the module that reads a result, to be used inside.

    Args:
        result: of whichever benchmark.
        done: what it does with results, for an error.

    Raises:
        BenchmarkError: if its benchmark is unknown, or another version has written it.
    """
    name = result["benchmark"]
    if name not in REPORTS:
        raise BenchmarkError(f"There is no benchmark {name!r} whose results could be {done}.")
    try:
        yield importlib.import_module(f"neptune_bench.{REPORTS[name]}")
    except (KeyError, TypeError, ValueError) as error:
        raise BenchmarkError(
            f"This result of {name} was written by another version: measure again ({error!r})."
        ) from error


def kept(root: Path) -> list[Kept]:
    """Return all results in the repository at `root`, in a fixed order."""
    folder = root / FOLDER
    found = []
    for file in sorted(folder.glob(f"*/*/{RESULT}")):
        notes = file.with_name(NOTES)
        found.append(
            Kept(
                file.parent.relative_to(folder).as_posix(),
                load(file),
                notes.read_text().strip() if notes.exists() else "",
            )
        )
    return found


def keep(result: Mapping[str, Any], root: Path) -> Path:
    """Write a result to its place in the repository at `root`, small; return the file."""
    file = root / FOLDER / machine_name(result["machine"]) / variant(result) / RESULT
    file.parent.mkdir(parents=True, exist_ok=True)
    note = f"rounded to 6 digits, in lists of more than {LONG} numbers to 3"
    small = json.dumps(rounded({**result, "kept": note}), separators=(",", ":"))
    file.write_text(small + "\n")
    return file


def rounded(value: Any, digits: int = 6) -> Any:
    """Return a value of JSON with its numbers rounded."""
    if isinstance(value, dict):
        return {key: rounded(found, digits) for key, found in value.items()}
    if isinstance(value, list):
        few = 3 if len(value) > LONG else digits
        return [rounded(found, few) for found in value]
    if isinstance(value, float) and math.isfinite(value):
        return round(value, 3) if abs(value) >= MOMENT else float(f"{value:.{digits}g}")
    return value


def machine_name(machine: Mapping[str, Any]) -> str:
    """Return a machine in a few words, such as 2-core-epyc."""
    processor = str(machine.get("processor", ""))
    model = NOT_MODEL.sub(" ", processor).split() or processor.split()
    return "-".join([f"{machine['cpus']}-core", *model[:2]]).lower()


def variant(result: Mapping[str, Any]) -> str:
    """Return the name of a benchmark, and what it was measured on where there is a choice."""
    plan = {**result.get("plan", {}), **result.get("settings", {})}
    options = {**plan, **(plan.get("options") or {})}
    kafka = ["kafka"] if options.get("kafka") else []
    return "-".join([result["benchmark"], *layout_words(plan), *kafka])


def layout_words(plan: Mapping[str, Any]) -> list[str]:
    """Return what tells a layout from others in a name: nothing where all is local.

    Args:
        plan: of a result. Benchmarks without layouts have a master at most.
    """
    master = str(plan.get("master") or "")
    layout = plan.get("layout") or (LOCAL if LOCAL_MASTER.fullmatch(master) else GIVEN)
    if layout == CLUSTER:
        return [CLUSTER]
    if layout == LOCAL or not master:
        return []
    # Of an address only what kind of cluster it is: its hosts are nobody's business.
    kind, is_address, _ = master.partition("://")
    return [kind if is_address else "-".join(re.findall(r"\w+", master))]
