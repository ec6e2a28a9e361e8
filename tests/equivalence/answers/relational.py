"""DataFrame and SQL jobs: aggregates, joins, sorts, windows, cached tables, Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

ROWS = 400_000


def rows(frame: DataFrame) -> list[list[Any]]:
    return [list(row) for row in frame.collect()]


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """Runs the jobs, some after others' results."""
    make_tables(spark, directory)
    found = {name: rows(spark.sql(query)) for name, query in QUERIES.items()}
    # A sort-merge join, which broadcasting would take the place of.
    spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    spark.conf.set("spark.sql.join.preferSortMergeJoin", "true")
    found["sort_merge_join"] = rows(spark.sql(SORT_MERGE_JOIN))
    spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")
    # Both plans must be what they are named for.
    found["plans"] = [
        "BroadcastHashJoin" in plan(spark, QUERIES["broadcast_join"]),
        "SortMergeJoin" in plan(spark, SORT_MERGE_JOIN, broadcast=False),
    ]
    found["written"] = rewrite(spark, directory)
    found["cached"] = spark.catalog.isCached("cached_sales")
    spark.catalog.uncacheTable("cached_sales")
    return found


def make_tables(spark: SparkSession, directory: Path) -> None:
    sales = spark.range(0, ROWS, 1, 4).selectExpr(
        "id",
        "id % 1000 AS item",
        "pmod(hash(id), 97) AS place",
        "cast(pmod(hash(id, 7), 10000) AS double) / 100 AS price",
        "concat('customer-', pmod(xxhash64(id), 5000)) AS customer",
    )
    sales.write.parquet(str(directory / "sales"))
    spark.read.parquet(str(directory / "sales")).createOrReplaceTempView("sales")
    items = spark.range(0, 1000, 1, 2).selectExpr("id AS item", "id % 13 AS kind")
    items.createOrReplaceTempView("items")
    spark.sql("SELECT * FROM sales WHERE place < 40").createOrReplaceTempView("cached_sales")
    spark.catalog.cacheTable("cached_sales")


QUERIES = {
    "aggregate": """
        SELECT place, count(*), sum(price), avg(price), min(customer), max(id)
        FROM sales GROUP BY place ORDER BY place""",
    "distinct": "SELECT count(DISTINCT customer) FROM sales",
    "rollup": """
        SELECT place % 5 AS p, item % 3 AS i, count(*), sum(id)
        FROM sales GROUP BY ROLLUP (place % 5, item % 3) ORDER BY p, i""",
    "broadcast_join": """
        SELECT /*+ BROADCAST(items) */ kind, count(*), sum(price)
        FROM sales JOIN items USING (item) GROUP BY kind ORDER BY kind""",
    "sort": """
        SELECT id, customer, price FROM sales
        ORDER BY price DESC, customer, id LIMIT 50""",
    "whole_sort": """
        SELECT sum(pos * (id % 7)) FROM (
            SELECT id, posexplode(ids) AS (pos, other) FROM (
                SELECT item AS id, sort_array(collect_list(id)) AS ids
                FROM sales GROUP BY item))""",
    "window": """
        SELECT place, sum(id * r) FROM (
            SELECT place, id, row_number() OVER (PARTITION BY place ORDER BY price, id) AS r
            FROM sales) WHERE r <= 500 GROUP BY place ORDER BY place""",
    "cached_first": """
        SELECT item % 10 AS k, count(*), max(price) FROM cached_sales GROUP BY k ORDER BY k""",
    "cached_again": """
        SELECT place, sum(item), min(id) FROM cached_sales GROUP BY place ORDER BY place""",
}

SORT_MERGE_JOIN = """
    SELECT a.place, count(*), sum(a.price - b.price)
    FROM sales a JOIN (SELECT id * 2 AS id, price FROM sales) b ON a.id = b.id
    GROUP BY a.place ORDER BY a.place"""


def plan(spark: SparkSession, query: str, broadcast: bool = True) -> str:
    if not broadcast:
        spark.conf.set("spark.sql.autoBroadcastJoinThreshold", "-1")
    text: str = spark.sql(query)._jdf.queryExecution().executedPlan().toString()  # type: ignore[attr-defined]  # a classic frame
    spark.conf.unset("spark.sql.autoBroadcastJoinThreshold")
    return text


def rewrite(spark: SparkSession, directory: Path) -> list[list[Any]]:
    """Writes sorted, partitioned Parquet and a CSV, and reads both again."""
    target, text = str(directory / "by_kind"), str(directory / "text")
    joined = spark.sql("SELECT * FROM sales JOIN items USING (item) WHERE place < 20")
    joined.repartition(3, "kind").sortWithinPartitions("price").write.partitionBy("kind").parquet(
        target
    )
    spark.read.parquet(target).select("id", "kind", "customer").write.csv(text)
    again = spark.read.parquet(target).groupBy("kind").sum("id").orderBy("kind")
    from_text = spark.read.schema("id long, kind int, customer string").csv(text)
    return rows(again) + rows(from_text.selectExpr("count(*)", "sum(id)", "max(customer)"))
