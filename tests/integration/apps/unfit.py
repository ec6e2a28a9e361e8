"""One of two executors has a problem with its Python for a while; prints who ran what, as JSON.

Usage: unfit.py DIRECTORY; the interpreter on the PYSPARK_PYTHON sees to the problem.
"""

from __future__ import annotations

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr, udf

import neptune_spark
from tests.integration.jobs import QUICK_EXECUTORS

#: Enough for an executor that may have some to get one.
TASKS = 20
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


def victims(spark: SparkSession) -> set[str]:
    """The executors where tasks are suspended for a high Python job, of a low job on both."""
    scheduler = neptune_spark.scheduler(spark)
    sc = spark.sparkContext

    @neptune_spark.priority("low")
    def endless() -> None:
        sc.setJobGroup("low", "a job that is cancelled")
        spark.range(0, 10**12, 1, 2).selectExpr("sum(id % 7)").collect()

    with ThreadPoolExecutor(1) as pool:
        low = pool.submit(endless)
        end = time.monotonic() + PATIENCE_S
        while len({task.executor_id for task in scheduler.tasks()}) < 2:
            assert time.monotonic() < end, "the low job got no cores"
        with neptune_spark.priority("high"):
            sc.parallelize(range(4), 4).map(lambda x: x).collect()
        found = {task.executor_id for task in scheduler.tasks() if task.times_suspended}
        sc.cancelJobGroup("low")
        assert low.exception(PATIENCE_S) is not None
    return found


def main() -> None:
    directory = Path(sys.argv[1])
    spark = (
        neptune_spark.builder()
        .master("local-cluster[2,1,512]")
        .config("spark.executor.memory", "512m")
        .config(*QUICK_EXECUTORS)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    seen = {"jvm": sorted(eventually(spark, "jvm", 2))}
    for jobs in ("rdd", "udf"):
        seen[jobs] = sorted(run(spark, jobs))
    seen["victims"] = sorted(victims(spark))
    (directory / "mended").touch()
    seen["mended"] = sorted(eventually(spark, "rdd", 2))
    spark.stop()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
