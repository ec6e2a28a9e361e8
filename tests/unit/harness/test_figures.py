"""Percentiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neptune_bench.harness.figures import percentile

values = st.lists(st.floats(0, 1e6), min_size=1)


@given(values, st.floats(0.1, 100))
def test_percentile_is_the_least_value_that_covers_its_share(xs: list[float], q: float) -> None:
    found = percentile(xs, q)
    assert found in xs
    assert sum(x <= found for x in xs) >= q / 100 * len(xs) - 1e-9
    assert sum(x < found for x in xs) < q / 100 * len(xs)


def test_percentile_of_known_values() -> None:
    xs = [float(x) for x in range(100, 0, -1)]
    assert [percentile(xs, q) for q in (1, 50, 99, 100)] == [1, 50, 99, 100]
    assert percentile([3.0], 50) == 3.0


@pytest.mark.parametrize("q", [0, -1, 100.5])
def test_percentile_outside_its_range_is_refused(q: float) -> None:
    with pytest.raises(ValueError, match="above 0 and at most 100"):
        percentile([1.0], q)


def test_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)
