"""The digamma function, and what Dirichlet distributions need of it. Pure NumPy.

SciPy has it too, but a workload must not need a large package for one function.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# psi(x) = psi(x + n) - sum of 1 / (x + i) for i < n; the series below is exact to 1e-12 from 8 on.
_SHIFTS: Final = np.arange(8.0)


def digamma(x: Floats) -> Floats:
    """Return the derivative of log gamma at each positive `x`, with an error below 1e-11.

    By the recurrence up to x + 8 and the asymptotic series there (Abramowitz and Stegun, 6.3.5 and
    6.3.18).
    """
    below: Floats = (1.0 / (x[..., np.newaxis] + _SHIFTS)).sum(axis=-1)
    y = x + len(_SHIFTS)
    r = 1.0 / (y * y)
    series = r * (1 / 12 - r * (1 / 120 - r * (1 / 252 - r * (1 / 240 - r * (1 / 132)))))
    result: Floats = np.log(y) - 0.5 / y - series - below
    return result


def exp_log_expectation(parameters: Floats) -> Floats:
    """Return exp(E[log p]) where each row of `parameters` is a Dirichlet distribution of p."""
    total = parameters.sum(axis=-1, keepdims=True)
    result: Floats = np.exp(digamma(parameters) - digamma(total))
    return result
