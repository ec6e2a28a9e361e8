"""DuckDB's answers, and how they are compared."""

from __future__ import annotations

import datetime
import decimal
import sys

import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.tpch import oracle
from neptune_bench.tpch.workload import LONG_QUERIES, SHORT_QUERIES


def test_cells_become_what_json_holds() -> None:
    cells = (3, decimal.Decimal("1.50"), "a", None, datetime.date(1995, 3, 5))
    assert [oracle.plain(cell) for cell in cells] == [3.0, 1.5, "a", None, "1995-03-05"]
    assert oracle.plain(datetime.datetime(1995, 3, 5)) == "1995-03-05"
    with pytest.raises(TypeError, match="returned a bytes"):
        oracle.plain(b"")


def test_rows_may_come_in_any_order_and_differ_in_last_digits() -> None:
    rows: list[list[oracle.Cell]] = [["a", 1.0], ["b", 2.0], [None, 3.0]]
    assert oracle.equal(rows, [[None, 3.0], ["b", 2.0000001], ["a", 1.0]])
    assert not oracle.equal(rows, rows[:2])
    assert not oracle.equal(rows, [["a", 1.0], ["b", 2.1], [None, 3.0]])
    assert not oracle.equal(rows, [["a"], ["b"], [None]])


def test_there_are_22_queries() -> None:
    pytest.importorskip("duckdb_extension_tpch")
    texts = oracle.queries()
    assert list(texts) == [f"q{number}" for number in range(1, 23)]
    assert not any(text.endswith(";") for text in texts.values())
    assert {*LONG_QUERIES, *SHORT_QUERIES} <= set(texts)


@pytest.mark.parametrize("module", ["duckdb", "duckdb_extension_tpch"])
def test_a_missing_package_names_the_remedy(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(BenchmarkError, match="pip install duckdb=="):
        oracle.queries()
