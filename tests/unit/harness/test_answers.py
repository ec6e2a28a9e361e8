"""The comparison of answers."""

from __future__ import annotations

import pytest

from neptune_bench.harness.answers import equal_answers, equal_cells, equal_rows


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.0 + 1e-6, False),
        (float("nan"), float("nan"), True),
        ("1.10", "1.10", True),
        ("1.10", "1.1", False),
        (None, None, True),
        (None, 0, False),
    ],
)
def test_cells(one: object, other: object, equal: bool) -> None:
    assert equal_cells(one, other) is equal


def test_rows_may_come_in_any_order() -> None:
    rows = [["a", 0.1], ["b", 0.2], ["b", 0.3]]
    assert equal_rows(rows, [["b", 0.3 + 1e-13], ["a", 0.1], ["b", 0.2]])
    assert not equal_rows(rows, rows[:2])
    assert not equal_rows(rows, [["a", 0.1], ["b", 0.2], ["b", 0.4]])
    assert not equal_rows([["a", 1]], [["a"]])


def test_answers_of_any_shape_are_compared() -> None:
    rows = [["a", 0.1], ["b", 0.2]]
    assert equal_answers(rows, [["b", 0.2 + 1e-13], ["a", 0.1]])
    assert equal_answers({"x": rows, "n": 3}, {"n": 3, "x": rows[::-1]})
    assert equal_answers([1, 2.0], [1, 2.0 + 1e-12])
    assert not equal_answers([1, 2], [2, 1])
    assert not equal_answers({"x": 1}, {"y": 1})
    assert not equal_answers([1], [1, 2])
