"""Which samples count."""

from __future__ import annotations

from neptune_bench.demo.latency import Sample, between


def test_between_goes_by_arrival() -> None:
    samples = [Sample(n, float(n), n + 5.0, 5.0) for n in range(5)]
    assert [s.seq for s in between(samples, 1.0, 3.0)] == [1, 2, 3]
    assert [s.seq for s in between(samples, None, 1.0)] == [0, 1]
    assert between(samples, None, None) == samples
