"""Compares answers: rows in any order, floats up to their last digits. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

RELATIVE_TOLERANCE = 1e-9

Row = Sequence[object]


def equal_cells(
    one: object, other: object, relative: float = RELATIVE_TOLERANCE, absolute: float = 0.0
) -> bool:
    """Return whether two values are equal, floats up to a relative or an absolute tolerance."""
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) and math.isnan(other):
            return True
        return math.isclose(one, other, rel_tol=relative, abs_tol=absolute)
    return one == other


def order(row: Row, relative: float) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return a sort key for `row`: what is exact goes before what may differ by a tolerance."""
    digits = -round(math.log10(relative)) - 1
    exact = tuple(repr(cell) for cell in row if not isinstance(cell, float))
    floats = (cell for cell in row if isinstance(cell, float))
    return exact, tuple(-math.inf if math.isnan(x) else float(f"{x:.{digits}e}") for x in floats)


def equal_rows(
    one: Sequence[Row],
    other: Sequence[Row],
    relative: float = RELATIVE_TOLERANCE,
    absolute: float = 0.0,
) -> bool:
    """Return whether two results hold equal rows, in whatever order (see `equal_cells`)."""
    mine, theirs = (sorted(rows, key=lambda row: order(row, relative)) for rows in (one, other))
    return len(one) == len(other) and all(
        len(a) == len(b)
        and all(equal_cells(x, y, relative, absolute) for x, y in zip(a, b, strict=True))
        for a, b in zip(mine, theirs, strict=True)
    )


def equal_answers(one: object, other: object) -> bool:
    """Return whether two answers, as JSON holds them, are equal.

    Lists of lists are rows in any order; other lists are compared in their order.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal_answers(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        if all(isinstance(row, list) for row in (*one, *other)):
            return equal_rows(one, other)
        return len(one) == len(other) and all(map(equal_answers, one, other))
    return equal_cells(one, other)
