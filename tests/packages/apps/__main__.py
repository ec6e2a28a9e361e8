"""Runs one package's jobs as a user would, and writes what they came to.

Usage: spark-submit __main__.py APPLICATION BESIDE[,BESIDE...] DIRECTORY

APPLICATION is a module of this folder. BESIDE says what else is submitted meanwhile:

nothing  the application's jobs have the priorities that it gives them itself
high     short jobs that go before all others, while the application's are low by default
low      a job on all cores that goes after all others, while the application's are high by default

Writes DIRECTORY/answers.json: by BESIDE, the answers, when they were computed, how many jobs ran
beside, and how often tasks were suspended.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

import neptune_spark
from tests.packages.apps.neighbours import NEIGHBOURS


def main() -> None:
    name, kinds, directory = sys.argv[1], sys.argv[2].split(","), Path(sys.argv[3])
    application = importlib.import_module(f"tests.packages.apps.{name}")
    spark = SparkSession.builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    found = {}
    for kind in kinds:
        place = directory / kind
        place.mkdir()
        print(kind, file=sys.stderr)  # in case it hangs there
        found[kind] = run(spark, application, kind, place)
    is_old, jvm = spark.version.startswith("3."), spark._jvm
    spark.stop()
    if is_old:
        end_barrier_timer(jvm)
    (directory / "answers.json").write_text(json.dumps(found))


def end_barrier_timer(jvm: Any) -> None:
    """Lets the JVM of spark-submit end.

    Up to Spark 3.5 a local session that has had a barrier keeps it alive, by a timer's thread that
    is no daemon (SPARK-46895).
    """
    timers = getattr(getattr(jvm.org.apache.spark, "BarrierTaskContext$"), "MODULE$")
    getattr(timers, "org$apache$spark$BarrierTaskContext$$timer")().cancel()


def run(spark: SparkSession, application: Any, kind: str, place: Path) -> dict[str, Any]:
    before, start_s = figures(spark), time.time()
    with ExitStack() as stack:
        neighbour = None
        if kind != "nothing":
            own, neighbour_kind = NEIGHBOURS[kind]
            neighbour = stack.enter_context(neighbour_kind(spark))
            stack.enter_context(neptune_spark.priority(own))
        found: dict[str, Any] = {"answers": application.answers(spark, place)}
        found["between_s"] = [start_s, time.time()]
    found["beside"] = 0 if neighbour is None else neighbour.rounds
    return {**found, **{key: count - before[key] for key, count in figures(spark).items()}}


def figures(spark: SparkSession) -> dict[str, int]:
    if "NeptunePlugin" not in spark.conf.get("spark.plugins", ""):
        return {}
    now = neptune_spark.scheduler(spark).statistics()
    return {"suspensions": now.suspensions, "rescues": now.rescues, "overdue": now.overdue}


if __name__ == "__main__":
    main()
