"""The work of both sides: sums over numbers, whose results are known in advance."""

from __future__ import annotations

import time
from typing import Final

from pyspark.sql import SparkSession

PRIME: Final = 1009
FACTOR: Final = 7919
CALIBRATION_ROWS: Final = 50_000_000
CALIBRATIONS: Final = 5


def total(session: SparkSession, rows: int, tasks: int) -> int:
    """Sum over the numbers below `rows`, in so many tasks."""
    terms = session.range(0, rows, 1, tasks).selectExpr(f"sum((id * {FACTOR}) % {PRIME}) AS total")
    (row,) = terms.collect()
    return int(row["total"])


def expected(rows: int) -> int:
    """Return what `total` must be: a whole cycle has every remainder once. Pure."""
    cycles, rest = divmod(rows, PRIME)
    return cycles * (PRIME * (PRIME - 1) // 2) + sum(n * FACTOR % PRIME for n in range(rest))


def rows_per_core_s(session: SparkSession) -> float:
    """Return how many numbers a core sums up in a second: the best of some trials.

    They run on one core, so that the others' share of the memory or of a turbo does not count.
    """
    total(session, CALIBRATION_ROWS, 1)
    best = float("inf")
    for _ in range(CALIBRATIONS):
        began = time.monotonic()
        total(session, CALIBRATION_ROWS, 1)
        best = min(best, time.monotonic() - began)
    return CALIBRATION_ROWS / best
