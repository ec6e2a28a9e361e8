"""How sure a percentile is."""

from __future__ import annotations

import random

import numpy as np
import pytest

from neptune_bench.harness import bootstrap
from neptune_bench.harness.bootstrap import Interval
from neptune_bench.harness.figures import percentile


def samples(seed: int, count: int = 200) -> list[tuple[float, float]]:
    source = random.Random(seed)
    return [(float(n), source.lognormvariate(3.0, 0.5)) for n in range(count)]


def test_an_interval_holds_the_true_median_of_most_samples() -> None:
    # exp(3.0) is that of the distribution; 95 of 100 should have it.
    found = [bootstrap.percentile([samples(seed)], 50) for seed in range(100)]
    hits = sum(interval.low <= 20.0855 <= interval.high for interval in found if interval)
    assert 85 <= hits <= 100


def test_it_is_the_same_each_time_and_has_the_percentile_inside() -> None:
    values = samples(1)
    for q in (50, 99):
        found = bootstrap.percentile([values], q)
        assert found == bootstrap.percentile([values], q)
        assert found is not None
        assert found.low <= percentile([value for _, value in values], q) <= found.high


def test_values_of_one_moment_are_drawn_together() -> None:
    apart = [(float(n), float(n % 4)) for n in range(400)]
    together = [(float(n % 4), float(n % 4)) for n in range(400)]
    assert bootstrap.moments(apart) == 400 and bootstrap.moments(together) == 4
    one, other = bootstrap.percentile([apart], 50), bootstrap.percentile([together], 50)
    assert one is not None and other is not None
    assert one.high - one.low < other.high - other.low == 3.0


def test_values_of_moments_of_their_own_need_not_be_drawn() -> None:
    """The short way must give what the long one gives, which takes each moment for a group."""
    values = samples(3, 50)
    pairs = [(moment, value) for moment, value in values for _ in range(2)]
    ordered = sorted(value for _, value in values)
    for q in (50, 90):
        drawn = [
            bootstrap.resampled(of, q, 20_000, np.random.default_rng(1)) for of in (values, pairs)
        ]
        for at in (5, 50, 95):
            # Neighbours at most: what was drawn differs.
            one, other = (ordered.index(percentile(list(found), at)) for found in drawn)
            assert abs(one - other) <= 1


def test_what_does_not_vary_is_sure() -> None:
    same = [(float(n), 5.0) for n in range(10)]
    half = [(float(n), 2.5) for n in range(10)]
    assert bootstrap.percentile([same, half, same], 99) == Interval(5.0, 5.0)
    assert bootstrap.ratio([(same, half)], 50) == Interval(2.0, 2.0)


def test_without_values_there_is_none() -> None:
    assert bootstrap.percentile([[]], 50) is None
    assert bootstrap.ratio([([], [(0.0, 1.0)])], 50) is None


def test_the_interval_of_a_mean_is_students() -> None:
    assert bootstrap.mean([1.0]) is None
    found = bootstrap.mean([1.0, 2.0, 3.0, 4.0])
    assert found is not None
    # 3.182 times 1.291 / 2, by a table.
    assert found.low == pytest.approx(2.5 - 2.054, abs=0.02)
    assert found.high == pytest.approx(2.5 + 2.054, abs=0.02)
