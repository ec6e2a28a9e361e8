"""Runs many jobs and writes all their answers, with and without Neptune.

Usage: python -m tests.equivalence.answers stock|neptune|chaos DIRECTORY [SECTION...]

Writes DIRECTORY/answers.json: by section, the answers and, under "suspensions", how often tasks
were suspended meanwhile.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

import neptune_spark
from tests.equivalence.answers import functions, learning, python, relational, resilient, streams

SECTIONS = {
    "relational": relational.answers,
    "resilient": resilient.answers,
    "python": python.answers,
    "functions": functions.answers,
    "streams": streams.answers,
    "learning": learning.answers,
}
BUILDERS = {
    "stock": lambda: SparkSession.builder,
    "neptune": neptune_spark.builder,
    "chaos": lambda: neptune_spark.builder(chaos_suspend_every="20ms"),
}


def suspensions(spark: SparkSession, mode: str) -> int:
    return 0 if mode == "stock" else neptune_spark.scheduler(spark).statistics().suspensions


def main() -> None:
    mode, directory, sections = sys.argv[1], Path(sys.argv[2]), sys.argv[3:] or [*SECTIONS]
    spark = (
        BUILDERS[mode]()
        .master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "3")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(directory / "warehouse"))
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    result: dict[str, Any] = {}
    for name in sections:
        place = directory / name
        place.mkdir()
        before, start = suspensions(spark, mode), time.monotonic()
        found = SECTIONS[name](spark, place)
        print(f"{mode}: {name} took {time.monotonic() - start:.1f} s", file=sys.stderr)
        result[name] = {"answers": found, "suspensions": suspensions(spark, mode) - before}
    spark.stop()
    (directory / "answers.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main()
