"""Delta Lake: a streaming sink, MERGE and compaction in foreachBatch, and a compaction beside.

The streams are high, as they are by themselves; the tables of earlier days are compacted at low
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


def answers(spark: SparkSession, directory: Path) -> dict[str, Any]:
    events = event_files(spark, directory, FILES, ROWS_PER_FILE)
    appended, landed, totals = (
        f"delta.`{directory}/{t}`" for t in ("appended", "landed", "totals")
    )
    make_history(spark, directory / "totals")
    beside = in_background(neptune_spark.priority("low")(lambda: compact(spark, totals)))
    with neptune_spark.priority("high"):
        into_sink(events, directory)
        merge(events, totals, str(directory / "landed"))
    beside.result()
    by_key = "SELECT k % 10 AS g, count(*), sum(n) FROM {} GROUP BY g"
    return {
        "appended": rows(spark.sql(by_key.format(appended))),
        "landed": rows(spark.sql(by_key.format(landed))),
        "totals": rows(
            spark.sql(
                f"SELECT day, count(*), sum(total), sum(hash(k, total)) FROM {totals} GROUP BY day"
            )
        ),
        "first_version": rows(
            spark.sql(
                f"SELECT day, count(*), sum(total) FROM {totals} VERSION AS OF 0 GROUP BY day"
            )
        ),
        "commits": [history(spark, table) for table in (appended, landed, totals)],
        "files": [
            spark.sql(f"DESCRIBE DETAIL {table}").collect()[0]["numFiles"]
            for table in (appended, landed, totals)
        ],
    }


def make_history(spark: SparkSession, table: Path) -> None:
    """Many small files for every day."""
    frame = spark.range(0, DAYS * ROWS_PER_DAY, 1, 8).selectExpr(
        f"concat('day-', id % {DAYS}) AS day",
        "pmod(hash(id), 100000) AS k",
        "pmod(hash(id, 1), 1000) AS total",
        "repeat(sha2(cast(id AS string), 256), 2) AS note",
    )
    frame.write.format("delta").partitionBy("day").save(str(table))


def compact(spark: SparkSession, table: str) -> None:
    for day in range(DAYS):
        spark.sql(f"OPTIMIZE {table} WHERE day = 'day-{day}' ZORDER BY (k)")


def into_sink(events: DataFrame, directory: Path) -> None:
    query = (
        events.writeStream.format("delta")
        .option("checkpointLocation", str(directory / "appended-checkpoint"))
        .start(str(directory / "appended"))
    )
    finish(query)


def merge(events: DataFrame, table: str, landed: str) -> None:
    def upsert(batch: DataFrame, number: int) -> None:
        sums = batch.groupBy("k").agg({"v": "sum"}).withColumnRenamed("sum(v)", "v")
        sums.createOrReplaceTempView("batch")
        session = batch.sparkSession
        session.sql(
            f"MERGE INTO {table} t USING batch b ON t.day = 'today' AND t.k = b.k "
            "WHEN MATCHED THEN UPDATE SET total = t.total + b.v "
            "WHEN NOT MATCHED THEN INSERT (day, k, total, note) VALUES ('today', b.k, b.v, '')"
        )
        # In several files each, which the next statement puts together.
        batch.repartition(3, "n").write.format("delta").mode("append").save(landed)
        if number % 2:
            session.sql(f"OPTIMIZE delta.`{landed}`")

    finish(events.writeStream.foreachBatch(upsert).start())


def history(spark: SparkSession, table: str) -> list[list[Any]]:
    """What the table's commits did; not in which order, for two writers race."""
    commits = spark.sql(f"DESCRIBE HISTORY {table}").selectExpr(
        "operation",
        "operationMetrics['numOutputRows']",
        "operationMetrics['numTargetRowsUpdated']",
        "operationMetrics['numTargetRowsInserted']",
    )
    return sorted(([*commit] for commit in commits.collect()), key=str)
