"""DuckDB: the texts of the 22 queries, and their answers on the same files."""

from __future__ import annotations

import datetime
import decimal
import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neptune_bench.harness.answers import equal_rows
from neptune_bench.harness.program import BenchmarkError, missing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

TABLES: Final = (
    *("customer", "lineitem", "nation", "orders"),
    *("part", "partsupp", "region", "supplier"),
)
TOLERANCE: Final = 1e-6
"""Relative or absolute: Spark's averages of decimals have six digits after the point, DuckDB's are
floats."""
PACKAGES: Final = ("duckdb==1.5.5", "duckdb-extension-tpch==1.5.5")

Cell = float | str | None


def connect() -> DuckDBPyConnection:
    """Return a connection to a DuckDB in memory that knows TPC-H.

    Raises:
        BenchmarkError: if a package is missing.
    """
    try:
        import duckdb

        (extension,) = _package().glob(f"extensions/v{duckdb.__version__}/*.duckdb_extension")
    except (ImportError, ValueError) as error:
        what = f"The queries and their answers need DuckDB ({error})"
        raise missing(what, *PACKAGES) from error
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"LOAD '{extension}'")
    return connection


def _package() -> Path:
    found = importlib.util.find_spec("duckdb_extension_tpch")
    if found is None or found.origin is None:
        raise ImportError("no package duckdb_extension_tpch")
    return Path(found.origin).parent


def queries() -> dict[str, str]:
    """Return the texts of the 22 queries, q1 to q22.

    Raises:
        BenchmarkError: if a package is missing.
    """
    with connect() as connection:
        rows = connection.execute("FROM tpch_queries()").fetchall()
    return {f"q{number}": text.rstrip().rstrip(";") for number, text in rows}


def answers(names: Sequence[str], tables: Path) -> dict[str, list[list[Cell]]]:
    """Return DuckDB's answers to queries.

    Args:
        names: which.
        tables: the directory of the Parquet files, one sub-directory per table.
    """
    texts = queries()
    found = {}
    with connect() as connection:
        for table in TABLES:
            files = f"read_parquet('{tables / table}/*.parquet')"
            connection.execute(f"CREATE VIEW {table} AS FROM {files}")
        for name in names:
            rows = connection.execute(texts[name]).fetchall()
            found[name] = [[plain(cell) for cell in row] for row in rows]
    return found


def plain(value: Any) -> Cell:
    """Return a cell as JSON holds it; numbers as floats, dates as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float | decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.date):
        # DuckDB has timestamps where Spark has dates, and the reverse.
        return value.isoformat()[:10]
    raise TypeError(f"A query returned a {type(value).__name__}, which can't be compared.")


def equal(one: Sequence[Sequence[Cell]], other: Sequence[Sequence[Cell]]) -> bool:
    """Return whether two answers hold equal rows, in whatever order, numbers up to `TOLERANCE`.

    The order is not compared: where a query asks for one, it leaves ties open.
    """
    return equal_rows(one, other, relative=TOLERANCE, absolute=TOLERANCE)


def compare(
    found: Mapping[str, Sequence[Sequence[Sequence[Cell]]]],
    want: Mapping[str, Sequence[Sequence[Cell]]],
    where: str,
) -> None:
    """Compare all answers of a run with DuckDB's.

    Args:
        found: the different answers to each query.
        want: DuckDB's answer to each.
        where: the run, as an error names it.

    Raises:
        BenchmarkError: naming the first query whose answer differs.
    """
    for name, every in found.items():
        if not all(equal(rows, want[name]) for rows in every):
            raise BenchmarkError(f"The answer to {name} in the run {where} is not DuckDB's.")
