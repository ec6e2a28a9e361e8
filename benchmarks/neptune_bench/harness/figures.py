"""Statistics of measured values. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], q: float) -> float:
    """Return the smallest of `values` that at least `q` percent of them do not exceed.

    Raises:
        ValueError: if there are no values, or `q` is not in (0, 100].
    """
    if not values:
        raise ValueError("A percentile of no values was asked for.")
    if not 0 < q <= 100:
        raise ValueError(f"A percentile is above 0 and at most 100, not {q:g}.")
    return sorted(values)[math.ceil(q / 100 * len(values)) - 1]
