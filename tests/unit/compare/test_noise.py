"""What is more than noise, and when that can't be told."""

from __future__ import annotations

import math
import random

import pytest

noise = pytest.importorskip("neptune_bench.compare.noise", exc_type=ImportError)
Figure, change = noise.Figure, noise.change


def rounds(middle: float, count: int = 3, samples: int = 200) -> list[list[float]]:
    """Rounds of samples around `middle`."""
    chance = random.Random(f"{middle}:{count}")
    return [[chance.uniform(0.8, 1.2) * middle for _ in range(samples)] for _ in range(count)]


def test_a_figure_is_the_median_of_the_rounds_percentiles() -> None:
    assert Figure("x", [[1, 2, 3], [10, 20], [5]]).value == 5
    assert Figure("x", [list(range(1, 101))], 99).value == 99


def test_what_doubles_is_more_than_noise() -> None:
    found = change(Figure("x", rounds(10)), Figure("x", rounds(20)))
    assert found.is_real
    assert 1.8 < found.least < found.ratio < found.greatest < 2.2
    back = change(Figure("x", rounds(20)), Figure("x", rounds(10)))
    assert back.is_real and math.isclose(back.ratio * found.ratio, 1)


def test_what_rounds_differ_by_is_noise() -> None:
    """Each round's samples lie close together, so that samples alone would tell a difference."""
    before = [[value] * 100 for value in (10.0, 14.0, 18.0)]
    after = [[value] * 100 for value in (12.0, 16.0, 20.0)]
    found = change(Figure("x", before), Figure("x", after))
    assert not found.is_real and found.least < 1 < found.greatest
    pooled = ([value for samples in rounds for value in samples] for rounds in (before, after))
    alone = change(*(Figure("x", [values], is_one_process=True) for values in pooled))
    assert alone.greatest / alone.least < found.greatest / found.least


def test_nothing_changed_is_noise_and_the_same_every_time() -> None:
    one = Figure("x", rounds(10), 99)
    assert change(one, one) == change(one, one)
    assert not change(one, one).is_real


@pytest.mark.parametrize(
    "figure, lacks",
    [
        (Figure("x", rounds(10, count=1)), "1 round"),
        (Figure("x", rounds(10, count=2)), "2 rounds"),
        (Figure("x", [[1.0], [2.0]]), "2 rounds"),
        (Figure("x", [[1.0] * 19], is_one_process=True), "19 samples"),
        (Figure("x", rounds(10, samples=99), 99), "99 samples"),
        (Figure("x", rounds(10, samples=100), 99), ""),
        (Figure("x", [[1.0], [2.0], [3.0]], 99), ""),
        (Figure("x", [[1.0] * 20], is_one_process=True), ""),
    ],
)
def test_too_few_are_named(figure: noise.Figure, lacks: str) -> None:  # type: ignore[name-defined]  # imported at run time
    assert figure.lacks == lacks
    found = change(figure, figure)
    assert (found.lacks, found.least is None) == (lacks, bool(lacks))
