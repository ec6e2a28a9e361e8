"""Python, pandas and Arrow functions on DataFrames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession, functions
from pyspark.sql.functions import col, pandas_udf, udf, udtf

ROWS = 120_000


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """Runs the jobs."""
    numbers = spark.range(0, ROWS, 1, 4).withColumn("k", col("id") % 9)

    plain = udf(lambda n: n * n % 1013, "long")
    in_arrow = udf(lambda n: f"<{n % 100}>", "string", useArrow=True)
    series = pandas_udf(_heavy_series, "double")
    batches = pandas_udf(_batches, "long")
    mean = pandas_udf(_mean, "double")

    found = {
        "udf": _sum(numbers.select(plain("id").alias("x"))),
        "two_udfs": _sum(numbers.select(plain(plain("id") + col("k")).alias("x"))),
        "arrow_optimized_udf": numbers.groupBy(in_arrow("id").alias("x")).count(),
        "pandas_udf": _sum(numbers.select(series("id").alias("x"))),
        "pandas_iterator_udf": _sum(numbers.select(batches("id").alias("x"))),
        "grouped_aggregate": numbers.groupBy("k").agg(mean("id").alias("x")),
        "map_in_pandas": _sum(numbers.mapInPandas(_map_in_pandas, "x long")),
        "map_in_arrow": _sum(numbers.mapInArrow(_map_in_arrow, "x long")),
        "apply_in_pandas": numbers.groupBy("k").applyInPandas(
            _apply_in_pandas, "k long, n long, top double"
        ),
        "cogroup": numbers.where("id < 20000")
        .groupBy("k")
        .cogroup(numbers.where("id % 10 = 0").groupBy("k"))
        .applyInPandas(_cogroup, "k long, a long, b long"),
        "in_sql": _in_sql(spark),
        "table_function": _table_function(spark),
    }
    if hasattr(functions, "arrow_udf"):  # Spark 4.1 brought it
        array = functions.arrow_udf(_array, "long")
        found["arrow_udf"] = _sum(numbers.select(array("id").alias("x")))
    return {name: sorted(list(row) for row in frame.collect()) for name, frame in found.items()}


def _sum(frame: DataFrame) -> DataFrame:
    return frame.selectExpr("count(x)", "sum(x)")


def _in_sql(spark: SparkSession) -> DataFrame:
    spark.udf.register("is_even", lambda n: n % 2 == 0, "boolean")
    return spark.sql("SELECT is_even(id) AS e, count(*) FROM range(0, 100000, 1, 3) GROUP BY e")


def _table_function(spark: SparkSession) -> DataFrame:
    @udtf(returnType="n long, word string")
    class Repeat:
        def eval(self, n: int) -> Iterator[tuple[int, str]]:
            for i in range(n % 4):
                yield n, f"{n}/{i}"

    spark.udtf.register("repeat_rows", Repeat)
    return spark.sql(
        "SELECT count(*), sum(n), max(word) FROM range(0, 50000, 1, 2), LATERAL repeat_rows(id)"
    )


def _heavy_series(numbers: pd.Series) -> pd.Series:
    values = numbers.astype("float64")
    for _ in range(200):
        values = (values * 1.0001) % 1000.0
    return values


def _batches(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
    for batch in batches:
        yield batch % 11 + sum(range(1000)) * 0


def _array(numbers: pa.Array) -> pa.Array:
    for _ in range(50):
        numbers = pc.bit_wise_xor(pc.multiply(numbers, 3), 5)
        numbers = pc.bit_wise_and(numbers, 0xFFFF)
    return numbers


def _mean(numbers: pd.Series) -> float:
    return float(numbers.mean())


def _map_in_pandas(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for batch in batches:
        kept = [n for n in batch["id"] if n * 2654435761 % 7 < 3]
        yield pd.DataFrame({"x": kept})


def _map_in_arrow(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        numbers = [n for n in batch.column("id").to_pylist() if n % 5]
        yield pa.RecordBatch.from_pydict({"x": pa.array(numbers, pa.int64())})


def _apply_in_pandas(group: pd.DataFrame) -> pd.DataFrame:
    top = sum(sorted((float(n) for n in group["id"]), reverse=True)[:1000])
    return pd.DataFrame({"k": [int(group["k"].iloc[0])], "n": [len(group)], "top": [top]})


def _cogroup(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {"k": [int(left["k"].iloc[0])], "a": [int(left["id"].sum())], "b": [int(right["id"].sum())]}
    )
