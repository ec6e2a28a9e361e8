"""RESULTS.md, and the README's table, of the results in the repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.harness.text import markdown
from neptune_bench.results.files import FOLDER, RESULT, Kept
from neptune_bench.results.shown import NONE, Line, Shown

Found = Sequence[tuple[Kept, Shown]]

PAGE: Final = "benchmarks/RESULTS.md"
PICTURE: Final = "docs/pictures/latency.svg"
ALT: Final = "Latencies of a stream's events: alone, under Spark's FIFO and FAIR, and with Neptune"
HELPS, COSTS = 3, 2
"""How many lines of each kind the README has."""
BEGIN, END = "<!-- results: `make docs` writes this -->", "<!-- end of results -->"
HEAD: Final = ("", "Spark FIFO", "Spark FAIR", "Neptune")

ABOUT: Final = f"""\
<!-- `make docs` makes this page of the files in {FOLDER}: don't edit it. -->

# Results

Every figure here is computed from a `result.json` in [results](results/), which has the machine,
the versions, the settings, and every sample. [docs/benchmarks.md](../docs/benchmarks.md) defines
each figure. Compare ratios within a table, never times between tables. Figures are medians over the
rounds, with the minimum and maximum in parentheses. A dash means that a figure was not measured, or
that stock Spark can't do it. *Over alone* means relative to the same work with nothing else
running. *Neptune* in a shared session means its order `fair`; beside a batch, the policy LMA, or LB
where LMA was not run.

[Older measurements](results/older.md), which have no such files, are kept by hand."""


def page(found: Found) -> str:
    """Return RESULTS.md."""
    parts = [ABOUT, "## At a glance", _glance(found)]
    parts += ["## What helps", _lines(line for _, shown in found for line in shown.helps)]
    parts += ["## What it costs", _lines(line for _, shown in found for line in shown.costs)]
    parts += ["## Where it does not help", *_misses(found), "## All tables"]
    for kept, shown in found:
        parts += [f'<a id="{_anchor(kept)}"></a>', _demoted(shown.tables), _where(kept)]
    return "\n\n".join(parts) + "\n"


def readme(text: str, found: Found, has_picture: bool) -> str:
    """Return the text of the README with what the results make: a picture, if one can, and a table.

    Raises:
        BenchmarkError: if it has no place for that table.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise BenchmarkError(f"The README needs a line {BEGIN} and, below it, a line {END}.")
    helps = [line for _, shown in found for line in shown.helps if line.is_first]
    costs = [line for _, shown in found for line in shown.costs if line.is_first]
    lines = [*helps[:HELPS], *costs[:COSTS]]
    parts = [begin, *([f"![{ALT}]({PICTURE})"] if has_picture else []), _lines(lines), end]
    return before + "\n\n".join(parts) + after


def _glance(found: Found) -> str:
    rows = [
        (
            f"[{kept.name}](#{_anchor(kept)}): {bar}",
            measured,
            "met" if met else "**missed**",
            f"[{kept.place.partition('/')[0]}](results/{kept.place}/{RESULT})",
        )
        for kept, shown in found
        for bar, measured, met in shown.bars
    ]
    return markdown([("bar", "measured", "", "from"), *rows])


def _lines(lines: Iterable[Line]) -> str:
    return markdown([HEAD, *(line[:4] for line in lines)])


def _misses(found: Found) -> list[str]:
    parts = ["Bars that are missed, and why, as far as we know:"]
    for kept, shown in found:
        missed = [f"- {bar}: {measured}" for bar, measured, met in shown.bars if not met]
        if missed or kept.notes:
            parts.append(f"**[{kept.name}](#{_anchor(kept)})**")
        if missed:
            parts.append("\n".join(missed))
        if kept.notes:
            parts.append(kept.notes)
    return parts


def _anchor(kept: Kept) -> str:
    return kept.place.replace("/", "-")


def _demoted(tables: str) -> str:
    """Return Markdown with its headings below those of the page."""
    return re.sub(r"^#", "###", tables.strip(), flags=re.MULTILINE)


def _where(kept: Kept) -> str:
    result = kept.result
    machine, load = result["machine"], result.get("load_before")
    memory = machine.get("memory_bytes", 0) / 2**30
    said = [f"{machine.get('processor', NONE)}, {machine['cpus']} processors, {memory:.0f} GiB"]
    said += [f"{name} {version}" for name, version in result["versions"].items()]
    if load is not None:
        said.append(f"{load:.1f} processors in use before")
    file = f"results/{kept.place}/{RESULT}"
    return f"From [{kept.place}/{RESULT}]({file}): {', '.join(said)}."
