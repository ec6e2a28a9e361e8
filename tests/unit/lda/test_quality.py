"""The match of learnt and true topics."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from neptune_bench.lda import quality
from neptune_bench.lda.quality import assignment


@pytest.mark.parametrize("size", [1, 2, 5, 6])
def test_assignment_is_the_best_of_all(size: int) -> None:
    source = np.random.default_rng(size)
    for _ in range(20):
        costs = source.normal(size=(size, size))
        found = assignment(costs)
        assert sorted(found) == list(range(size))
        best = min(
            sum(costs[row, column] for row, column in enumerate(columns))
            for columns in itertools.permutations(range(size))
        )
        assert sum(costs[row, column] for row, column in enumerate(found)) == pytest.approx(best)


def test_order_and_size_of_topics_do_not_matter() -> None:
    truth = np.random.default_rng(1).dirichlet(np.full(50, 0.1), 5)
    assert quality.matched(1000 * truth[[3, 1, 0, 4, 2]], truth) == pytest.approx(1.0)


def test_a_topic_counts_for_one_only() -> None:
    truth = np.eye(4)
    assert quality.matched(np.array([truth[0]] * 4), truth) == pytest.approx(0.25)
