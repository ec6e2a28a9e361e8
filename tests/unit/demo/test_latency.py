"""Summaries, and which samples count."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neptune_bench.demo.latency import Sample, between, summarise

values = st.lists(st.floats(0, 1e6), min_size=1)


@given(values)
def test_summary_is_ordered(xs: list[float]) -> None:
    summary = summarise(xs)
    assert summary.count == len(xs)
    assert summary.p50_s <= summary.p99_s <= summary.max_s == max(xs)


def test_between_goes_by_arrival() -> None:
    samples = [Sample(n, float(n), n + 5.0, 5.0) for n in range(5)]
    assert [s.seq for s in between(samples, 1.0, 3.0)] == [1, 2, 3]
    assert [s.seq for s in between(samples, None, 1.0)] == [0, 1]
    assert between(samples, None, None) == samples
