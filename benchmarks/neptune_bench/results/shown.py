"""What a page shows of a result: its tables, its bars, and what it helps and costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from neptune_bench.harness.layout import LOCAL, Layout
from neptune_bench.results.files import layout_words, reader

Bar = tuple[str, str, bool]
"""A bar, what was measured, and whether that meets it."""
NONE: Final = "-"


class Line(NamedTuple):
    """A figure under the schedulers.

    Args:
        what: the figure.
        fifo, fair, neptune: what it is.
        is_first: whether the README shows it.
    """

    what: str
    fifo: str
    fair: str
    neptune: str
    is_first: bool = False


class Shown(NamedTuple):
    """What a page shows of a result.

    Args:
        tables: all of it, in Markdown.
        bars: what is asked of it.
        helps: what is better than under Spark's schedulers.
        costs: what that costs.
    """

    tables: str
    bars: Sequence[Bar]
    helps: Sequence[Line] = ()
    costs: Sequence[Line] = ()


def shown(found: Mapping[str, Any]) -> Shown:
    """Return what is shown of a result.json: what its benchmark's own function of that name says.

    Raises:
        BenchmarkError: if its benchmark is unknown, or another version has written it.
    """
    with reader(found, "shown") as report:
        made: Shown = report.shown(found)
        return made


def line(what: str, cell: Callable[[str], str], names: Sequence[str], first: bool = False) -> Line:
    """Return the line of a figure.

    Args:
        what: the figure.
        cell: returns what it is under a scheduler.
        names: of the schedulers: FIFO, FAIR, and Neptune.
        first: whether the README shows it.
    """
    fifo, fair, here = map(cell, names)
    return Line(what, fifo, fair, here, first)


def here(what: str, measured: str) -> Line:
    """Return the line of a figure that there is with Neptune only."""
    return Line(what, NONE, NONE, measured)


def place(plan: Layout) -> str:
    """Return what tells a line from the same of another layout."""
    return next(iter(layout_words(asdict(plan))), LOCAL)
