"""One of two executors has a problem with its Python for a while; prints who ran what, as JSON.

Usage: unfit.py DIRECTORY; the interpreter on the PYSPARK_PYTHON sees to the problem.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr, udf

import neptune_spark

TASKS = 60
PATIENCE_S = 120.0


def place() -> str:
    return Path(os.getcwd()).name


def eventually(spark: SparkSession, jobs: str, count: int) -> set[str]:
    end = time.monotonic() + PATIENCE_S
    while len(found := run(spark, jobs)) < count:
        assert time.monotonic() < end, f"{jobs} run on {found} only"
    return found


def run(spark: SparkSession, jobs: str) -> set[str]:
    """The executors, by their directories, that a job of this kind has run on."""
    rows: DataFrame = spark.range(0, TASKS, 1, TASKS)
    if jobs == "jvm":
        where = "java_method('java.lang.System', 'getProperty', 'user.dir')"
        return {Path(row[0]).name for row in rows.select(expr(where)).collect()}
    if jobs == "udf":
        return {row[0] for row in rows.select(udf(lambda _: place())("id")).collect()}
    return set(rows.rdd.map(lambda _: place()).collect())


def main() -> None:
    directory = Path(sys.argv[1])
    spark = (
        neptune_spark.builder()
        .master("local-cluster[2,1,512]")
        .config("spark.executor.memory", "512m")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    seen = {"jvm": sorted(eventually(spark, "jvm", 2))}
    for jobs in ("rdd", "udf"):
        seen[jobs] = sorted(run(spark, jobs))
    (directory / "mended").touch()
    seen["mended"] = sorted(eventually(spark, "rdd", 2))
    spark.stop()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
