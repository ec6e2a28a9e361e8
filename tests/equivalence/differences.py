"""Where two answers differ."""

from __future__ import annotations

import math
from typing import Any


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two answers differ; floats may by what another order of addition makes of them."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(one[k], other[k], f"{where}.{k}") for k in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(one, other))]
    elif isinstance(one, float) and isinstance(other, float):
        return [] if math.isclose(one, other, rel_tol=1e-9) else [f"{where}: {one} != {other}"]
    else:
        return [] if one == other else [f"{where}: {one!r} != {other!r}"]
    return [found for pair in pairs for found in differences(*pair)]
