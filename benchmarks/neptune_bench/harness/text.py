"""Tables as text, and figures as people read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Column = tuple[str, str | Callable[[Any], str]]
"""A heading, and what makes a cell of a row: a function, or a format of it: "{0.p50:.2f}"."""


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return a table: the first row is its heading, the first column is aligned to the left."""
    head, *lines = _padded(rows)
    return "\n".join(map("  ".join, [head, ["-" * len(cell) for cell in head], *lines]))


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first row is its heading, numbers are aligned to the right."""
    head, *lines = _padded(rows)
    rule = ["-" * len(head[0]), *("-" * (len(cell) - 1) + ":" for cell in head[1:])]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *lines))


def _padded(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return all cells with the width of their column: in the first spaces follow, else precede."""
    columns = []
    for number, column in enumerate(zip(*rows, strict=True)):
        width = max(map(len, column))
        columns.append([cell.rjust(width) if number else cell.ljust(width) for cell in column])
    return [list(row) for row in zip(*columns, strict=True)]


def table(rows: Iterable[Any], columns: Sequence[Column]) -> str:
    """Return a Markdown table with a line for each of some rows."""
    cells = [made.format if isinstance(made, str) else made for _, made in columns]
    heads = [head for head, _ in columns]
    return markdown([heads, *([cell(row) for cell in cells] for row in rows)])


def bar_table(bars: Iterable[tuple[str, str, bool]], head: str, missed: str = "missed") -> str:
    """Return a table of bars: what each asks, what was measured, and whether it is met."""
    verdicts = {True: "met", False: missed}
    return markdown([(head, "measured", ""), *((a, b, verdicts[met]) for a, b, met in bars)])


def versions_text(versions: Mapping[str, str]) -> str:
    """Return versions as a sentence has them."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())
