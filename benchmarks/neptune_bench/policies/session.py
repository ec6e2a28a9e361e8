"""The real cluster (see the package); a driver process (see `harness.driver`)."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any, Final

from pyspark.sql import DataFrame, SparkSession

import neptune_spark
from neptune_bench.harness import sessions
from neptune_bench.harness.background import Background, background
from neptune_bench.harness.drivers import Report
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.policies.plan import CACHED, KINDS, SORT, Plan

WIDE: Final = [f"hash(id, {column}) * 1000003L AS c{column}" for column in range(6)]


def rows(spark: SparkSession, count: int) -> DataFrame:
    """Return rows of some sixty bytes that a task sorts, and keeps in execution memory."""
    return spark.range(0, count, 1, 1).selectExpr("id", *WIDE).sortWithinPartitions("c0", "c1")


def run_all(frame: DataFrame) -> None:
    """Compute all rows, for nobody."""
    frame.write.format("noop").mode("overwrite").save()


def load(spark: SparkSession, plan: Plan) -> AbstractContextManager[Background]:
    """Have low jobs on all cores, again and again: a task keeps its rows in memory, others loop."""
    # All columns, or Spark would not sort them; and no filter, which it would apply before.
    slow = (
        f"CASE WHEN id % 100 = 0 THEN aggregate(sequence(1, {plan.holder_steps}), "
        "c2 + c3 + c4 + c5, (sum, x) -> sum + (x + id) % 7) END AS slow"
    )
    holding = rows(spark, plan.holder_rows).selectExpr(slow)
    loops = spark.range(0, 4_000_000_000, 1, 8).selectExpr("sum(hash(id) % 7)")
    return background(spark, *(partial(run_all, frame) for frame in (holding, loops)))


def requests(spark: SparkSession, plan: Plan) -> Mapping[str, Callable[[int], None]]:
    """Return what is asked, by kind: with a number, which says whose partition it is."""
    size, parts = plan.cached_mb << 20, plan.real_executors
    numbers = spark.sparkContext.parallelize(range(parts), parts)
    blocks = numbers.map(lambda n: bytes([n]) * size).cache()
    blocks.count()
    sort = rows(spark, plan.sort_rows)

    def read(number: int) -> None:
        found = spark.sparkContext.runJob(
            blocks, lambda part: [sum(map(len, part))], [number % parts]
        )
        if found != [size]:
            raise BenchmarkError(f"A cached partition has {found} bytes, not {size}.")

    return {SORT: lambda _: run_all(sort), CACHED: read}


def measure(spark: SparkSession, plan: Plan, report: Report) -> list[dict[str, Any]]:
    """Return what came of each request, in the form of `report.Cell`."""
    scheduler, chance = neptune_spark.scheduler(spark), random.Random(f"{plan.seed} requests")
    asked = requests(spark, plan)

    def ask(kind: str, number: int) -> tuple[float, int]:
        before, began = scheduler.statistics().suspensions, time.monotonic()
        with neptune_spark.priority("high"):
            asked[kind](number)
        seconds = time.monotonic() - began
        return seconds, scheduler.statistics().suspensions - before

    report(stage="requests alone")
    tried = {kind: [ask(kind, n)[0] for n in range(2 * plan.alone)] for kind in KINDS}
    # Those before warmed up.
    alone = {kind: statistics.median(seconds[plan.alone :]) for kind, seconds in tried.items()}
    found = []
    with load(spark, plan) as low:
        low.wait_for_cores()
        time.sleep(plan.warm_s)
        for number in range(plan.requests):
            low.check()
            report(stage="requests beside the load", done=number / plan.requests)
            for kind in KINDS:
                for policy in chance.sample(plan.policies, len(plan.policies)):
                    scheduler.policy = policy
                    time.sleep(chance.uniform(*plan.pause_s))
                    seconds, suspensions = ask(kind, number)
                    over = seconds / alone[kind]
                    others = {"suspensions": suspensions}
                    found.append(
                        {"load": kind, "policy": policy, "slow_downs": [over], "others": others}
                    )
    return found


def run(plan: Plan, place: Path, report: Report) -> dict[str, Any]:
    """Return the versions, and what came of each request."""
    master = f"local-cluster[{plan.real_executors},1,{plan.executor_mb}]"
    settings = {
        **sessions.settings("policies", master, place),
        "spark.executor.memory": f"{plan.executor_mb}m",
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
    }
    report(stage="starting Spark")
    with sessions.started(settings, {}) as spark:
        return {"versions": sessions.versions(spark), "cells": measure(spark, plan, report)}
