"""Jobs that limits bind; prints what came of them.

Usage: limits.py ORDER DIRECTORY SCENARIO...
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import DataFrame, SparkSession

import neptune_spark
from tests.integration.apps.limits_parts import (
    CORES,
    Answers,
    Blocker,
    another_builder,
    beside,
    collected,
    moving,
    of_users,
    states,
)
from tests.integration.jobs import PATIENCE_S, PythonJob, eventually, made

if TYPE_CHECKING:
    from tests.integration.jobs import Count

POOLS = """<allocations>
  <pool name="etl"><weight>{weight}</weight><minShare>99</minShare></pool>
</allocations>"""
SETTINGS: dict[str, str] = {
    "spark.neptune.pool.etl.maxCores": "2",
    "spark.neptune.rule.report.description": "^report",
    "spark.neptune.rule.report.maxCores": "25%",
    "spark.neptune.rule.base.description": "^base",
    "spark.neptune.rule.base.minCores": "2",
    "spark.neptune.user.anna.maxCores": "2",
    "spark.neptune.user.*.maxCores": "25%",
}


def of_a_job(spark: SparkSession, directory: Path, limit: dict[str, str], allowed: int) -> Answers:
    """One job has a limit of its own."""
    path = made(directory, "limited")
    return beside(
        spark,
        directory,
        [PythonJob(spark.sparkContext, path, None, CORES, local=limit)],
        allowed,
    )


def of_an_execution(spark: SparkSession, directory: Path) -> Answers:
    """A SQL execution has a limit of its own, and a job for each side of a join at once."""
    sc = spark.sparkContext

    def join(count: Count) -> list[tuple[int, int]]:
        def side(first: int) -> DataFrame:
            def counted(index: int, records: Iterable[int]) -> Iterator[tuple[int, int]]:
                return count(first + index, records)

            rdd = sc.parallelize(range(2), 2).mapPartitionsWithIndex(counted)
            return spark.createDataFrame(rdd, "partition INT, counted LONG")

        joined = side(0).join(side(2), "partition", "full").select("partition")
        return [(int(row["partition"]), 0) for row in joined.collect()]

    limit = {"neptune.maxTasks": "1"}
    job = PythonJob(sc, made(directory, "limited"), None, CORES, local=limit, run=join)
    return beside(spark, directory, [job], 1)


def of_a_pool(spark: SparkSession, directory: Path) -> Answers:
    """Two jobs are in a pool that has a limit."""
    jobs = [
        PythonJob(spark.sparkContext, made(directory, name), None, CORES, pool="etl")
        for name in ("a", "b")
    ]
    return beside(spark, directory, jobs, 2)


def above_others(spark: SparkSession, directory: Path) -> Answers:
    """A high job may have one core, of those that low tasks hold."""
    sc = spark.sparkContext
    low = PythonJob(sc, made(directory, "low"), "low", CORES)
    low.wait_until_running(CORES)
    limit = {"spark.neptune.maxTasks": "1"}
    high = PythonJob(sc, made(directory, "high"), "high", CORES, local=limit)
    high.wait_until_running(1)
    at_work = next(iter(high.running()))
    before = high.progress(at_work)
    eventually(lambda: high.progress(at_work) > before, "the high job stands still")
    answers: Answers = {"running": len(high.running())}
    answers["high"] = sorted(partition for partition, _ in high.finish())
    answers["low"] = sorted(partition for partition, _ in low.finish())
    statistics = neptune_spark.scheduler(spark).statistics()
    answers["lent_at_most"] = statistics.cores_lent_max
    answers["lent"] = statistics.cores_lent
    return answers


def barrier(spark: SparkSession, directory: Path) -> Answers:
    """The tasks of a barrier stage are more than a limit allows, and then as many."""
    sc = spark.sparkContext
    limit = {"spark.neptune.maxTasks": "1"}
    refused = PythonJob(sc, made(directory, "two"), None, 2, barrier=True, local=limit)
    eventually(refused.result.done, "the barrier stage hangs")
    answers: Answers = {"refused": str(refused.result.exception())}
    fits = PythonJob(sc, made(directory, "fits"), None, 2, barrier=True, pool="etl")
    fits.wait_until_running(2)
    answers["fits"] = sorted(partition for partition, _ in fits.finish())
    limit = {"spark.neptune.maxCores": "0.5"}
    alone = PythonJob(sc, made(directory, "alone"), None, 1, barrier=True, local=limit)
    alone.wait_until_running(1)
    answers["alone"] = [partition for partition, _ in alone.finish()]
    return answers


def wrong(spark: SparkSession, directory: Path) -> Answers:
    """A job's limit is none, or its key is no setting's."""
    said = []
    for number, key in enumerate(("spark.neptune.maxCores", "spark.neptune.maxtasks")):
        limit = {key: "many"}
        place = made(directory, str(number))
        job = PythonJob(spark.sparkContext, place, None, 1, local=limit)
        eventually(job.result.done, "the job hangs")
        said.append(str(job.result.exception()))
    return {"refused": said}


def useless(spark: SparkSession, directory: Path) -> Answers:
    """Jobs are assured of cores at a level whose cores nobody shares."""
    sc = spark.sparkContext
    sc.setLogLevel("WARN")
    ended = []
    for name in ("a", "b"):
        least = {"spark.neptune.minCores": "1"}
        job = PythonJob(sc, made(directory, name), None, CORES, local=least)
        ended.append(sorted(partition for partition, _ in job.finish()))
    sc.setLogLevel("OFF")
    return {"ended": ended}


def assured(spark: SparkSession, directory: Path) -> Answers:
    """Two jobs are assured of half of the cores together, and others come."""
    sc = spark.sparkContext
    jobs = []
    for name in ("base", "base too"):
        of_rule = {"spark.job.description": name}
        jobs.append(PythonJob(sc, made(directory, name), None, CORES, local=of_rule))
        jobs[-1].wait_until_running(2)
    for name in ("a", "b", "c"):
        jobs.append(PythonJob(sc, made(directory, name), None, 2))
        jobs[-1].wait_until_running(1)
    shares = neptune_spark.scheduler(spark).shares()
    due = [share.cores_due for share in shares if share.cores_wanted]
    view: Any = sc._jsc.sc().taskScheduler().neptune()

    def all_wait_for_shares() -> bool:
        waiting = view.standing(1, 1).apply("waiting")
        reasons = [str(waiting.apply(i).apply("reason")) for i in range(waiting.size())]
        return bool(reasons) and all(" share of priority 0" in reason for reason in reasons)

    eventually(all_wait_for_shares, "others are named as the reason")
    for job in jobs:
        job.let_end()
    return {"due": due, "ended": [sorted(p for p, _ in job.finish()) for job in jobs]}


def changed(spark: SparkSession, directory: Path) -> Answers:
    """A limit is lowered and raised while a job runs that it binds."""
    sc, scheduler = spark.sparkContext, neptune_spark.scheduler(spark)
    job = PythonJob(sc, made(directory, "limited"), None, CORES, pool="crawl")
    job.wait_until_running(CORES)
    answers: Answers = {"jobs": [scheduler.set_limit(pool="crawl", max_tasks=1)]}
    eventually(lambda: states(spark, 0).count("suspended") == CORES - 1, "nobody was suspended")
    answers["lowered"] = states(spark, 0)
    # Their cores are also a lower job's; when that has ended, nobody comes back.
    low = PythonJob(sc, made(directory, "low"), "low", CORES)
    low.wait_until_running(CORES - 1)
    answers["low"] = sorted(partition for partition, _ in low.finish())
    answers["moving"] = [sorted(moving(job, 1))]
    answers["still"] = states(spark, 0)
    (row,) = spark.sql("SELECT * FROM neptune_set_limit('75%', NULL, pool => 'crawl')").collect()
    answers["row"] = list(row)
    answers["moving"].append(sorted(moving(job, CORES - 1)))
    # They may be seen to go on before the driver has heard of it.
    eventually(lambda: "resuming" not in states(spark, 0), "the driver does not hear of it")
    answers["raised"] = states(spark, 0)
    # One comes back whenever another one has ended.
    answers["jobs"].append(scheduler.set_limit(pool="crawl", max_tasks=1))
    eventually(lambda: states(spark, 0).count("suspended") == CORES - 1, "nobody was suspended")
    answers["ended"] = sorted(partition for partition, _ in job.finish())
    answers["starts"] = sorted(job.starts())
    eventually(lambda: scheduler.set_limit(pool="crawl") == 0, "the job is still there")
    answers["lent"] = scheduler.statistics().cores_lent
    return answers


def changed_job(spark: SparkSession, directory: Path) -> Answers:
    """A job's own limit is changed, and taken back."""
    sc, scheduler = spark.sparkContext, neptune_spark.scheduler(spark)
    job = PythonJob(sc, made(directory, "limited"), None, CORES)
    job.wait_until_running(CORES)
    (job_id,) = {task.job_id for task in scheduler.tasks()}
    assert job_id is not None
    answers: Answers = {"jobs": scheduler.set_limit(job_id=job_id, max_cores=2)}
    eventually(lambda: states(spark, 0).count("suspended") == 2, "nobody was suspended")
    scheduler.set_limit(job_id=job_id)
    answers["moving"] = sorted(moving(job, CORES))
    answers["ended"] = sorted(partition for partition, _ in job.finish())
    refusals = []
    for wrong in (
        {"job_id": 99999, "max_tasks": 1},
        {"rule": "nope", "max_tasks": 1},
        {"pool": "etl", "max_cores": "many"},
        {"pool": "etl", "max_tasks": 0},
        {"pool": "", "max_tasks": 1},
        {"user": " ", "max_tasks": 1},
    ):
        try:
            scheduler.set_limit(**wrong)
        except neptune_spark.NeptuneError as error:
            refusals.append(str(error))
    answers["refused"] = refusals
    return answers


def changed_early(spark: SparkSession, directory: Path) -> Answers:
    """A job of a SQL execution gets a limit before Neptune's listener has been told of it."""
    sc, scheduler = spark.sparkContext, neptune_spark.scheduler(spark)

    assert sc._gateway is not None
    ensure_callback_server_started(sc._gateway)
    blocker = Blocker()
    sc._jsc.sc().listenerBus().addToQueue(blocker, "neptune")
    sc.parallelize([0], 1).count()
    try:
        assert blocker.blocks.wait(PATIENCE_S)
        run = partial(collected, spark)
        job = PythonJob(sc, made(directory, "limited"), None, CORES, run=run)
        job.wait_until_running(CORES)
        (job_id,) = {task.job_id for task in scheduler.tasks()}
        assert job_id is not None
        answers: Answers = {"jobs": [scheduler.set_limit(job_id=job_id, max_tasks=1)]}
    finally:
        blocker.release()
        sc._jsc.sc().listenerBus().removeListener(blocker)
    eventually(lambda: states(spark, 0).count("suspended") == CORES - 1, "nobody was suspended")
    answers["jobs"].append(scheduler.set_limit(job_id=job_id))
    answers["moving"] = sorted(moving(job, CORES))
    answers["ended"] = sorted(partition for partition, _ in job.finish())
    return answers


def changed_barrier(spark: SparkSession, directory: Path) -> Answers:
    """A barrier stage waits for cores, and then a limit does not hold it any more."""
    sc, scheduler = spark.sparkContext, neptune_spark.scheduler(spark)
    high = PythonJob(sc, made(directory, "high"), "high", CORES)
    high.wait_until_running(CORES)
    waits = PythonJob(sc, made(directory, "waits"), None, 2, barrier=True, pool="etl")
    eventually(
        lambda: scheduler.set_limit(pool="etl", max_tasks=2) == 1, "the barrier stage is not there"
    )
    scheduler.set_limit(pool="etl", max_tasks=1)
    eventually(waits.result.done, "the barrier stage hangs")
    scheduler.set_limit(pool="etl")
    return {
        "refused": str(waits.result.exception()),
        "high": sorted(partition for partition, _ in high.finish()),
    }


def part_of_barrier(spark: SparkSession, directory: Path) -> Answers:
    """A limit leaves room for one task of a barrier stage, as long as another job has the rest."""
    sc, scheduler = spark.sparkContext, neptune_spark.scheduler(spark)
    mate = PythonJob(sc, made(directory, "mate"), "high", 1, pool="etl")
    mate.wait_until_running(1)
    low = PythonJob(sc, made(directory, "low"), "low", CORES - 1)
    low.wait_until_running(CORES - 1)
    before = scheduler.statistics().suspensions
    waits = PythonJob(sc, made(directory, "waits"), "high", 2, barrier=True, pool="etl")
    eventually(
        lambda: scheduler.set_limit(pool="etl", max_tasks=2) == 2, "the barrier stage is not there"
    )
    other = PythonJob(sc, made(directory, "other"), "high", 1)
    other.wait_until_running(1)
    answers: Answers = {"suspended": scheduler.statistics().suspensions - before}
    ended = [other, mate, waits, low]
    answers["ended"] = [[partition for partition, _ in sorted(job.finish())] for job in ended]
    scheduler.set_limit(pool="etl")
    return answers


def short(spark: SparkSession, directory: Path) -> Answers:
    """A pool is assured of more cores than there are, at the level that pools share by weight."""
    sc = spark.sparkContext
    sc.setLogLevel("WARN")
    ended = []
    least = {"spark.neptune.minCores": "99"}
    for name in ("a", "b"):
        job = PythonJob(sc, made(directory, name), "high", CORES, pool="etl", local=least)
        ended.append(sorted(partition for partition, _ in job.finish()))
    sc.setLogLevel("OFF")
    answers: Answers = {"ended": ended}
    try:
        neptune_spark.scheduler(spark).set_limit(pool="elt", max_tasks=1)
    except neptune_spark.TaskError as error:
        answers["unknown"] = str(error)
    return answers


def refused(directory: Path, order: str) -> Answers:
    """A pool has a weight by which nothing can be shared."""
    try:
        configured(order, directory, weight=-1).getOrCreate()
    except Exception as error:
        return {"refused": str(error)}
    return {}


SCENARIOS: dict[str, Callable[[SparkSession, Path], Answers]] = {
    "tasks": lambda spark, place: of_a_job(spark, place, {"spark.neptune.maxTasks": "1"}, 1),
    "cores": lambda spark, place: of_a_job(spark, place, {"spark.neptune.maxCores": "3"}, 3),
    "share": lambda spark, place: of_a_job(spark, place, {"spark.neptune.maxCores": "50%"}, 2),
    "rule": lambda spark, place: of_a_job(
        spark, place, {"spark.job.description": "report of today"}, 1
    ),
    "execution": of_an_execution,
    "user": lambda spark, place: of_users(spark, place, ["anna"]),
    "each_user": lambda spark, place: of_users(spark, place, ["bob", "carl"]),
    "pool": of_a_pool,
    "above": above_others,
    "barrier": barrier,
    "wrong": wrong,
    "another_builder": lambda spark, _: another_builder(spark),
    "useless": useless,
    "assured": assured,
    "changed": changed,
    "changed_job": changed_job,
    "changed_early": changed_early,
    "changed_barrier": changed_barrier,
    "part_of_barrier": part_of_barrier,
    "short": short,
}


def configured(order: str, directory: Path, weight: int) -> SparkSession.Builder:
    """A session; by the order `feedback`, but at the level `high`, pools have weights."""
    builder = neptune_spark.builder().master(f"local[{CORES}]")
    builder = builder.config("spark.ui.enabled", "false").config("spark.neptune.order", order)
    settings = dict(SETTINGS)
    if order == "feedback":
        file = directory / f"pools-{weight}.xml"
        file.write_text(POOLS.format(weight=weight))
        settings["spark.scheduler.mode"] = "FAIR"
        settings["spark.scheduler.allocation.file"] = file.as_uri()
        settings["spark.neptune.level.high.order"] = "fair"
    for key, value in settings.items():
        builder = builder.config(key, value)
    return builder


def main(order: str, directory: Path, names: list[str]) -> None:
    answers: dict[str, Answers] = {}
    if "refused" in names:
        answers["refused"] = refused(directory, order)
    spark = configured(order, directory, weight=1).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    for name in names:
        if name not in answers:
            answers[name] = SCENARIOS[name](spark, made(directory, name))
    print(json.dumps(answers))
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
