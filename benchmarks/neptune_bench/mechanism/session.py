"""Jobs that nobody suspends; a driver process (see `harness.driver`).

With stock Spark or with Neptune it runs the same jobs again and again, and answers how long each
took, and what it gave. Another process does the same on the other side: they take turns.
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pandas
from pyspark.sql import SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import pandas_udf

from neptune_bench.harness import sessions
from neptune_bench.harness.drivers import Report
from neptune_bench.mechanism import applications, turns
from neptune_bench.mechanism.plan import NEPTUNE, STOCK, Plan

PARTITIONS: Final = 2

Job = Callable[[SparkSession, Plan, Path], object]


def columnar(spark: SparkSession, plan: Plan, data: Path) -> object:
    """Scan Parquet in batches, and aggregate."""
    table = spark.read.parquet(str(data / "table"))
    sums = table.groupBy("key").agg(f.count("*").alias("n"), f.max("value").alias("most"))
    return rounded(sums.agg(f.sum("n"), f.sum("most")).first())


def by_row(spark: SparkSession, plan: Plan, data: Path) -> object:
    """Scan text, where each record is a yield point, and aggregate."""
    lines = spark.read.text(str(data / "lines"))
    return rounded(lines.agg(f.count("*"), f.sum(f.length("value"))).first())


def shuffle(spark: SparkSession, plan: Plan, data: Path) -> object:
    """Shuffle rows, each of which is a yield point twice more, and aggregate."""
    numbers = spark.range(0, plan.shuffled, 1, PARTITIONS)
    return rounded(numbers.repartition(PARTITIONS, "id").agg(f.count("*"), f.sum("id")).first())


def rdd(spark: SparkSession, plan: Plan, data: Path) -> object:
    """Map and reduce by key, in Python."""
    numbers = spark.sparkContext.range(plan.elements, numSlices=PARTITIONS)
    pairs = numbers.map(lambda x: (x % 100, x)).reduceByKey(operator.add, PARTITIONS)
    return sorted(pairs.collect())


def python_udf(spark: SparkSession, plan: Plan, data: Path) -> object:
    """Call a Python function for each row."""

    @f.udf("long", useArrow=False)
    def squared(x: int) -> int:
        return x * x % 1000

    numbers = spark.range(0, plan.elements, 1, PARTITIONS)
    return rounded(numbers.agg(f.sum(squared("id"))).first())


def arrow_udf(spark: SparkSession, plan: Plan, data: Path) -> object:
    """Call a function of pandas for each Arrow batch of rows."""

    def squared(x: pandas.Series) -> pandas.Series:
        return x * x % 1000

    numbers = spark.range(0, plan.rows, 1, PARTITIONS)
    # Any: the hints of PySpark do not know this form of the call.
    make: Any = pandas_udf
    square = make(squared, "long")
    return rounded(numbers.agg(f.sum(square("id"))).first())


JOBS: Final[dict[str, Job]] = {
    "columnar": columnar,
    "by_row": by_row,
    "shuffle": shuffle,
    "rdd": rdd,
    "python_udf": python_udf,
    "pandas_udf": arrow_udf,
}


def rounded(row: Any) -> list[float]:
    """Return a row's values; of a sum, what does not depend on the order of its terms."""
    return [round(value, 6) for value in row]


def run(
    plan: Plan, place: Path, report: Report, directory: str, side: str, taken: str, begins: str
) -> dict[str, Any]:
    """Return the seconds of each job, one for each repetition, and its answers.

    Args:
        plan, report: see `harness.driver`.
        directory: of what the jobs read.
        side: NEPTUNE or STOCK.
        taken: where the two sides take turns.
        begins: the side that begins.
    """
    data = Path(directory)
    report(stage="starting Spark")
    neptune: dict[str, str] | None = None if side == STOCK else {}
    other = NEPTUNE if side == STOCK else STOCK
    with (
        turns.taking(Path(taken), side, other, side == begins) as ours,
        sessions.started(applications.settings(plan, place), neptune) as spark,
    ):
        jvm: Any = spark.sparkContext._jvm
        seconds: dict[str, list[float]] = {name: [] for name in JOBS}
        answers: dict[str, object] = {}
        total = plan.warm_repeats + plan.repeats
        for repeat in range(total):
            report(stage="running jobs", done=repeat / total)
            for name, job in JOBS.items():
                with ours.turn():
                    jvm.System.gc()
                    began = time.perf_counter()
                    answers[name] = job(spark, plan, data)
                    if repeat >= plan.warm_repeats:
                        seconds[name].append(time.perf_counter() - began)
        # The other's last job is not disturbed by this side's end.
        with ours.turn():
            pass
        return {"versions": sessions.versions(spark), "seconds": seconds, "answers": answers}
