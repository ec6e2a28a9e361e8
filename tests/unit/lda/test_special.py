"""Digamma, against values and laws that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neptune_bench.lda.special import digamma, exp_log_expectation

EULER = 0.5772156649015329


def test_known_values() -> None:
    found = digamma(np.array([1.0, 0.5, 2.0]))
    assert found == pytest.approx([-EULER, -EULER - 2 * np.log(2), 1 - EULER], abs=1e-11)


@given(st.floats(1e-3, 1e6))
def test_recurrence(x: float) -> None:
    one, next_one = digamma(np.array([x, x + 1]))
    assert next_one - one == pytest.approx(1 / x, rel=1e-9, abs=1e-10)


def test_expectations_of_a_dirichlet_distribution_are_those_of_its_samples() -> None:
    parameters = np.array([0.7, 2.0, 5.0])
    samples = np.random.default_rng(1).dirichlet(parameters, 200_000)
    drawn = np.exp(np.log(samples).mean(axis=0))
    assert exp_log_expectation(parameters) == pytest.approx(drawn, rel=0.02)
