"""Iceberg: a streaming append, MERGE and compaction in foreachBatch, and a compaction beside.

The streams are high, as they are by themselves; a table of earlier days is compacted at low
priority meanwhile.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

import neptune_spark
from tests.integration.jobs import in_background
from tests.packages.apps.frames import event_files, finish, rows

FILES = 3
ROWS_PER_FILE = 3_000
DAYS = 3
ROWS_PER_DAY = 60_000
TABLES = ("appended", "landed", "totals")


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    events = event_files(spark, directory, FILES, ROWS_PER_FILE)
    # A schema for each run of a session.
    db = directory.name
    make_tables(spark, db)
    beside = in_background(
        neptune_spark.priority("low")(lambda: compact(spark, f"{db}.totals", SORT))
    )
    with neptune_spark.priority("high"):
        into_sink(events, db, directory)
        merge(events, db)
    compacted = beside.result()
    # A query has a session of its own, and each keeps the tables that it has loaded for a while.
    for table in TABLES:
        spark.sql(f"REFRESH TABLE lake.{db}.{table}")
    by_key = f"SELECT k % 10 AS g, count(*), sum(n) FROM lake.{db}.{{}} GROUP BY g"
    by_day = (
        "SELECT day, count(*), sum(total), sum(hash(k, total)) "
        f"FROM lake.{db}.totals {{}} GROUP BY day"
    )
    first = spark.sql(f"SELECT snapshot_id FROM lake.{db}.totals.snapshots ORDER BY committed_at")
    return {
        "appended": rows(spark.sql(by_key.format("appended"))),
        "landed": rows(spark.sql(by_key.format("landed"))),
        "totals": rows(spark.sql(by_day.format(""))),
        "first_snapshot": rows(spark.sql(by_day.format(f"VERSION AS OF {first.first()[0]}"))),
        "compacted": compacted,
        "commits": [history(spark, f"{db}.{table}") for table in TABLES],
    }


def make_tables(spark: SparkSession, db: str) -> None:
    """Empty ones for the streams, and one of many small files for every day."""
    spark.sql(f"CREATE NAMESPACE lake.{db}")
    for table in ("appended", "landed"):
        spark.sql(f"CREATE TABLE lake.{db}.{table} (n long, k long, v long) USING iceberg")
    spark.sql(
        f"CREATE TABLE lake.{db}.totals (day string, k long, total long, note string) "
        "USING iceberg PARTITIONED BY (day) TBLPROPERTIES ('write.distribution-mode' = 'none')"
    )
    frame = spark.range(0, DAYS * ROWS_PER_DAY, 1, 8).selectExpr(
        f"concat('day-', id % {DAYS}) AS day",
        "pmod(hash(id), 100000) AS k",
        "pmod(hash(id, 1), 1000) AS total",
        "repeat(sha2(cast(id AS string), 256), 2) AS note",
    )
    # A task writes one day after the other.
    frame.sortWithinPartitions("day").writeTo(f"lake.{db}.totals").append()


SORT = "where => 'day < \"today\"', strategy => 'sort', sort_order => 'k', "


def compact(spark: SparkSession, table: str, how: str = "") -> list[list[Any]]:
    """Puts all files together: how many there were, and how many there are now."""
    done = spark.sql(
        f"CALL lake.system.rewrite_data_files(table => '{table}', {how}"
        "options => map('rewrite-all', 'true'))"
    )
    return rows(done.select("rewritten_data_files_count", "added_data_files_count"))


def into_sink(events: DataFrame, db: str, directory: Path) -> None:
    query = (
        events.writeStream.format("iceberg")
        .option("checkpointLocation", str(directory / "appended-checkpoint"))
        .toTable(f"lake.{db}.appended")
    )
    finish(query)


def merge(events: DataFrame, db: str) -> None:
    def upsert(batch: DataFrame, number: int) -> None:
        sums = batch.groupBy("k").agg({"v": "sum"}).withColumnRenamed("sum(v)", "v")
        sums.createOrReplaceTempView("batch")
        session = batch.sparkSession
        session.sql(
            f"MERGE INTO lake.{db}.totals t USING batch b ON t.day = 'today' AND t.k = b.k "
            "WHEN MATCHED THEN UPDATE SET total = t.total + b.v "
            "WHEN NOT MATCHED THEN INSERT (day, k, total, note) VALUES ('today', b.k, b.v, '')"
        )
        # In several files each, which the next statement puts together.
        batch.repartition(3, "n").writeTo(f"lake.{db}.landed").append()
        if number % 2:
            compact(session, f"{db}.landed")

    finish(events.writeStream.foreachBatch(upsert).start())


def history(spark: SparkSession, table: str) -> list[list[Any]]:
    """What the table's commits did; not in which order, for two writers race."""
    commits = spark.sql(f"SELECT * FROM lake.{table}.snapshots").selectExpr(
        "operation", "summary['added-records']", "summary['deleted-records']"
    )
    return sorted(([*commit] for commit in commits.collect()), key=str)
