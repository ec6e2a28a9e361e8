"""Who has which processors in the layout of a cluster."""

from __future__ import annotations

import os

import pytest

from neptune_bench.harness import processors
from neptune_bench.harness.processors import Division
from neptune_bench.harness.program import BenchmarkError


def own_cores(count: int) -> dict[int, str]:
    return {number: str(number) for number in range(count)}


@pytest.mark.parametrize(
    ("count", "drivers"), [(2, 1), (3, 1), (4, 2), (5, 1), (6, 2), (8, 2), (16, 4)]
)
def test_both_sides_have_some_and_no_one_the_same(count: int, drivers: int) -> None:
    found = processors.divided(range(count), own_cores(count))
    assert len(found.driver) == drivers
    assert sorted(found.driver + found.worker) == list(range(count))
    # So that a static split is possible.
    assert len(found.worker) % 2 == 0 or count == 2


def test_hardware_threads_of_a_core_stay_together() -> None:
    cores = {number: str(number % 4) for number in range(8)}
    found = processors.divided(range(8), cores)
    assert found == Division((0, 4), (1, 2, 3, 5, 6, 7))
    assert not processors.shared_core(found, cores)
    pair = {0: "0-1", 1: "0-1"}
    assert processors.shared_core(processors.divided({0, 1}, pair), pair)


def test_one_processor_is_one_sentence() -> None:
    with pytest.raises(BenchmarkError, match=r"may use 1: use --layout local\.$"):
        processors.divided({3}, {3: "3"})


def test_ours_are_found_and_given_back() -> None:
    usable = processors.usable()
    assert set(processors.physical_cores(usable)) == usable
    one = min(usable)
    with processors.pinned({one}):
        assert os.sched_getaffinity(0) == {one}
    assert os.sched_getaffinity(0) == usable


@pytest.mark.parametrize(
    ("given", "text"),
    [({0}, "processor 0"), ({0, 2}, "processors 0,2"), ({1, 2, 3, 7}, "processors 1-3,7")],
)
def test_they_are_named_as_taskset_does(given: set[int], text: str) -> None:
    assert processors.text(given) == text
