"""The tables as views of a session of their own, and running a query on them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pyspark.sql import SparkSession

from neptune_bench.tpch.oracle import TABLES, Cell, plain

LONG: Final = "long"
SHORT: Final = "short"
"""Directories of the data of the long and of the interactive queries."""


def read(spark: SparkSession, directory: Path) -> SparkSession:
    """Return a new session in which the tables of `directory` have their names."""
    session = spark.newSession()
    for table in TABLES:
        session.read.parquet(str(directory / table)).createOrReplaceTempView(table)
    return session


def run_query(session: SparkSession, text: str) -> list[list[Cell]]:
    """Run a query and return its rows."""
    return [[plain(value) for value in row] for row in session.sql(text).collect()]
