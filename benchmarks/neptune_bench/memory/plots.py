"""The picture: what each process keeps, from look to look."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from neptune_bench.harness.pictures import BELOW, picture
from neptune_bench.memory.figures import FIGURES, Result
from neptune_bench.memory.plan import NEPTUNE, PARTS, SIDES, STOCK
from neptune_bench.memory.report import TITLE, where

COLOURS: Final = {STOCK: "#737373", NEPTUNE: "#d1495b"}


def draw(result: Result, path: Path) -> None:
    """Draw the result into the PNG `path`."""
    with picture(path, 22, 8) as figure:
        grid = figure.subplots(len(PARTS), len(FIGURES), squeeze=False)
        for row, part in zip(grid, PARTS, strict=True):
            for axes, (name, title) in zip(row, FIGURES.items(), strict=True):
                for side in result.sides:
                    if points := side.points(part, name):
                        xs, ys = zip(*points, strict=True)
                        colour, label = COLOURS[side.side], SIDES[side.side]
                        axes.plot(xs, ys, "o-", color=colour, label=label)
                axes.set_ylim(bottom=0)
                axes.set_title(title.replace(": ", ":\n"), fontsize=13)
                axes.set_xlabel(part)
                axes.grid(True, alpha=0.3)
        figure.suptitle(f"{TITLE}\n{where(result)}")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc=BELOW, ncols=len(labels))
