"""Compares answers: rows in any order, floats up to their last digits. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence

RELATIVE_TOLERANCE = 1e-9

Row = Sequence[object]


def equal_cells(one: object, other: object) -> bool:
    """Return whether two values are equal, floats up to a relative 1e-9."""
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) and math.isnan(other):
            return True
        return math.isclose(one, other, rel_tol=RELATIVE_TOLERANCE)
    return one == other


def order(row: Row) -> tuple[str, ...]:
    """Return a sort key for `row` that the last digits of a float do not change."""
    exact = [repr(cell) for cell in row if not isinstance(cell, float)]
    rounded = [f"{cell:.6e}" for cell in row if isinstance(cell, float)]
    return (*exact, *rounded)


def equal_rows(one: Sequence[Row], other: Sequence[Row]) -> bool:
    """Return whether two results hold equal rows, in whatever order."""
    return len(one) == len(other) and all(
        len(a) == len(b) and all(map(equal_cells, a, b))
        for a, b in zip(sorted(one, key=order), sorted(other, key=order), strict=True)
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
