"""What all pictures of results have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import matplotlib
from matplotlib.axis import Axis
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import Formatter, LogLocator, StrMethodFormatter

FONT: Final[dict[Any, Any]] = {
    "font.size": 13,
    "axes.titlesize": 15,
    "axes.titlelocation": "left",
    "figure.titlesize": 18,
    "hatch.linewidth": 1.2,
    "legend.frameon": False,
}
BELOW: Final = "outside lower center"
"""Where a legend of the whole figure is."""


@contextmanager
def picture(path: Path, width: float, height: float, dpi: int = 100) -> Iterator[Figure]:
    """Yield a figure of so many inches to draw upon; at the end write it to `path`, as a PNG."""
    with matplotlib.rc_context(FONT):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        figure.savefig(path, dpi=dpi)


def halves(figure: Figure, upper: float, lower: float) -> tuple[SubFigure, SubFigure]:
    """Return the parts of a figure above and below, whose heights are in this relation."""
    parts = figure.subfigures(2, 1, squeeze=False, height_ratios=(upper, lower))
    return parts[0, 0], parts[1, 0]


def plain_log(axis: Axis, text: Formatter | None = None) -> None:
    """Have a logarithmic axis say 100, 200 and 500, or `text` of these, not powers of ten."""
    # Between the powers of ten, labels for 2 and 5 only: more would touch one another.
    axis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
    for set_formatter in (axis.set_major_formatter, axis.set_minor_formatter):
        set_formatter(text or StrMethodFormatter("{x:g}"))
