"""What is more than noise, and when that can't be told."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import pytest

noise = pytest.importorskip("neptune_bench.compare.noise", exc_type=ImportError)
change, apart = noise.change, noise.bootstrap.apart


def figure_of(
    rounds: Sequence[Sequence[float]], q: float = 50.0, is_one_process: bool = False
) -> Any:
    """A figure whose samples have moments of their own."""
    return noise.Figure("x", [apart(values) for values in rounds], q, is_one_process)


def rounds(middle: float, count: int = 3, samples: int = 200) -> list[list[float]]:
    """Rounds of samples around `middle`."""
    chance = random.Random(f"{middle}:{count}")
    return [[chance.uniform(0.8, 1.2) * middle for _ in range(samples)] for _ in range(count)]


def test_a_figure_is_the_median_of_the_rounds_percentiles() -> None:
    assert figure_of([[1, 2, 3], [10, 20], [5]]).value == 5
    assert figure_of([list(range(1, 101))], 99).value == 99


def test_what_doubles_is_more_than_noise() -> None:
    found = change(figure_of(rounds(10)), figure_of(rounds(20)))
    assert found.is_real
    assert 1.8 < found.least < found.ratio < found.greatest < 2.2
    back = change(figure_of(rounds(20)), figure_of(rounds(10)))
    assert back.is_real and math.isclose(back.ratio * found.ratio, 1)


def test_what_rounds_differ_by_is_noise() -> None:
    """Each round's samples lie close together, so that samples alone would tell a difference."""
    before = [[value] * 100 for value in (10.0, 14.0, 18.0)]
    after = [[value] * 100 for value in (12.0, 16.0, 20.0)]
    found = change(figure_of(before), figure_of(after))
    assert not found.is_real and found.least < 1 < found.greatest
    pooled = ([value for samples in rounds for value in samples] for rounds in (before, after))
    alone = change(*(figure_of([values], is_one_process=True) for values in pooled))
    assert alone.greatest / alone.least < found.greatest / found.least


def test_nothing_changed_is_noise_and_the_same_every_time() -> None:
    one = figure_of(rounds(10), 99)
    assert change(one, one) == change(one, one)
    assert not change(one, one).is_real


def test_samples_of_one_moment_are_drawn_together() -> None:
    """A hundred campaigns whose windows end at the same moments tell no more than one."""
    single = [apart(values) for values in rounds(10, samples=20)]
    hundred = [[sample for sample in values for _ in range(100)] for values in single]
    widths = []
    for figures in (single, hundred):
        assert noise.Figure("x", figures, 99).lacks == "20 samples"
        found = change(noise.Figure("x", figures), noise.Figure("x", figures))
        widths.append(found.greatest / found.least - 1)
    assert math.isclose(*widths, rel_tol=0.2)


@pytest.mark.parametrize(
    "figure, lacks",
    [
        (figure_of(rounds(10, count=1)), "1 round"),
        (figure_of(rounds(10, count=2)), "2 rounds"),
        (figure_of([[1.0], [2.0]]), "2 rounds"),
        (figure_of([[1.0] * 19], is_one_process=True), "19 samples"),
        (figure_of(rounds(10, samples=99), 99), "99 samples"),
        (figure_of(rounds(10, samples=100), 99), ""),
        (figure_of([[1.0], [2.0], [3.0]], 99), ""),
        (figure_of([[1.0] * 20], is_one_process=True), ""),
    ],
)
def test_too_few_are_named(figure: Any, lacks: str) -> None:
    assert figure.lacks == lacks
    found = change(figure, figure)
    assert (found.lacks, found.least is None) == (lacks, bool(lacks))
