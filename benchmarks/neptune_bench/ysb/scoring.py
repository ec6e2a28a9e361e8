"""The batch's Python UDF; its workers import nothing else of the benchmark."""

from __future__ import annotations

from typing import Final

ROUNDS: Final = 12
MODULUS: Final = 1_000_003


def score(user: int, page: int, at: int) -> int:
    """Return how suspicious a purchase is; a stand-in for a model written in Python."""
    state = user * 31 + page
    for _ in range(ROUNDS):
        state = (state * 48_271 + at) % MODULUS
    return state % 100
