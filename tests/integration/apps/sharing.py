"""Jobs of one priority that share the cores by an order; prints what came of them.

Usage: sharing.py DIRECTORY SCENARIO...

Each has a session of its own.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict

from pyspark.resource import ResourceProfileBuilder, TaskResourceRequests
from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import (
    QUICK_EXECUTORS,
    EventLog,
    PythonJob,
    eventually,
    log_of,
    made,
    with_event_log,
)
from tests.integration.sessions import session

if TYPE_CHECKING:
    from tests.integration.jobs import Count

Answers = Dict[str, Any]

ALLOCATIONS = """<allocations>
  <pool name="one"><weight>1</weight></pool>
  <pool name="three"><weight>3</weight></pool>
  <pool name="b"><weight>1</weight></pool>
  <pool name="c"><weight>1</weight></pool>
  <pool name="assured"><weight>1</weight><minShare>2</minShare></pool>
</allocations>
"""
QUANTUM_S = 0.2


def quick_job(spark: SparkSession) -> int:
    """Two stages: two tasks, then one."""
    return int(spark.range(0, 1000, 1, 2).selectExpr("sum(id)").collect()[0][0])


def bypass(spark: SparkSession, directory: Path) -> Answers:
    """A long job holds all cores, and a short one comes, of the same priority."""
    log = EventLog(spark.sparkContext, log_of(spark.sparkContext))
    scheduler = neptune_spark.scheduler(spark)
    long = PythonJob(spark.sparkContext, made(directory, "long"), None)
    long.wait_until_running()
    held = [task.task_id for task in scheduler.tasks()]
    answers: Answers = {"quick": [quick_job(spark) for _ in range(3)]}
    answers["long_done_before"] = long.result.done()
    answers["decisions"] = [
        (decision.priority, sorted(victim.task_id for victim in decision.victims), victim.reason)
        for decision in scheduler.decisions()
        for victim in decision.victims
    ]
    before = [long.progress(0), long.progress(1)]
    eventually(lambda: all(long.progress(p) > before[p] for p in (0, 1)), "a task stands still")
    answers["bound_used"] = max(task.bound_used for task in scheduler.tasks())
    answers["long"] = sorted(partition for partition, _ in long.finish())
    answers["starts"] = sorted(long.starts())
    answers["suspended"] = sorted(
        {task for what, task in log.of_tasks() if what == "suspended"} & set(held)
    )
    answers["attempts"] = sorted(set(log.attempts()))
    answers["held"] = held
    return answers


def capped(spark: SparkSession, directory: Path) -> Answers:
    """A long job holds all that its pool may have of the cores, and others of its pool come."""
    scheduler = neptune_spark.scheduler(spark)
    long = PythonJob(spark.sparkContext, made(directory, "long"), None)
    long.wait_until_running()
    held = {task.task_id for task in scheduler.tasks()}
    answers: Answers = {"quick": [quick_job(spark) for _ in range(3)]}
    answers["long_done_before"] = long.result.done()
    # Two that want as much have a core each, or by turns.
    other = PythonJob(spark.sparkContext, made(directory, "other"), None)
    other.wait_until_running(1)
    answers["most"] = max(
        sum(task.state == "running" for task in scheduler.tasks()) for _ in range(100)
    )
    other.finish()

    def are_back() -> bool:
        return [task.state for task in scheduler.tasks() if task.task_id in held] == ["running"] * 2

    eventually(are_back, "they did not get their cores back")
    answers["long"] = sorted(partition for partition, _ in long.finish())
    answers["starts"] = sorted(long.starts())
    answers["suspensions"] = scheduler.statistics().suspensions
    return answers


def barrier(spark: SparkSession, directory: Path) -> Answers:
    """Two long jobs share the cores when a barrier stage comes that needs all of them."""
    sc = spark.sparkContext
    long = [PythonJob(sc, made(directory, name), None) for name in ("long", "longer")]
    for job in long:
        job.wait_until_running(1)
    together = PythonJob(sc, made(directory, "together"), None, barrier=True)
    together.wait_until_running()
    answers: Answers = {"done_before": [job.result.done() for job in long]}
    answers["together"] = sorted(partition for partition, _ in together.finish())
    before = [job.progress(0) for job in long]
    eventually(
        lambda: all(job.progress(0) > was for job, was in zip(long, before)), "one stands still"
    )
    for job in long:
        (directory / ("long" if job is long[0] else "longer") / "stop").touch()
    answers["long"] = [sorted(partition for partition, _ in job.finish()) for job in long]
    answers["starts"] = [sorted(job.starts()) for job in long]
    return answers


def raised(spark: SparkSession, directory: Path) -> Answers:
    """Of two jobs that share the cores one goes to another level, and comes back."""
    sc = spark.sparkContext
    scheduler = neptune_spark.scheduler(spark)
    jobs = [PythonJob(sc, made(directory, name), None, group=name) for name in ("a", "b")]
    for job in jobs:
        job.wait_until_running(1)
    scheduler.set_priority("high", job_group="a")

    def has_all_cores() -> bool:
        tasks = [(task.priority, task.state) for task in scheduler.tasks()]
        high = [state for priority, state in tasks if priority == 10]
        others = {state for priority, state in tasks if priority == 0}
        # One that was suspended while it made its worker holds Spark's lock for that, and is
        # rescued if the others wait for it; it is suspended again when it has run for some time.
        return high == ["running"] * 2 and others <= {"suspended"}

    eventually(has_all_cores, "the raised job got no cores")
    scheduler.set_priority(None, job_group="a")
    before = [sum(map(job.progress, (0, 1))) for job in jobs]

    def all_go_on() -> bool:
        return all(sum(map(j.progress, (0, 1))) > was for j, was in zip(jobs, before))

    eventually(all_go_on, "one stands still")
    answers: Answers = {}
    for name in ("a", "b"):
        (directory / name / "stop").touch()
    answers["ended"] = [sorted(partition for partition, _ in job.finish()) for job in jobs]
    answers["starts"] = [sorted(job.starts()) for job in jobs]
    return answers


def sizes(spark: SparkSession, directory: Path) -> Answers:
    """A pool has tasks of two cores, and one of one, where nobody can have two of an executor: high
    tasks hold one of each, and another pool's the other."""
    sc = spark.sparkContext
    executors = 2
    eventually(
        lambda: sc._jsc.sc().getExecutorMemoryStatus().size() == executors + 1, "an executor fails"
    )

    def job(name: str, level: str | None, tasks: int, cores: int = 1) -> PythonJob:
        needs = ResourceProfileBuilder().require(TaskResourceRequests().cpus(cores)).build

        def run(count: Count) -> list[tuple[int, int]]:
            return (
                sc.parallelize(range(tasks), tasks)
                .mapPartitionsWithIndex(count)
                .withResources(needs)
                .collect()
            )

        pool = "other" if name == "other" else "mine"
        return PythonJob(
            sc, made(directory, name), level, tasks, pool=pool, run=run if cores > 1 else None
        )

    jobs = [job("high", "high", executors), job("other", None, executors)]
    for each in jobs:
        each.wait_until_running(executors)
    wide = job("wide", None, 2, cores=2)
    tracker = sc.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 3, "the wide tasks did not come")
    narrow = job("narrow", None, 1)
    narrow.wait_until_running(1)
    answers: Answers = {"wide_before": sorted(wide.running())}
    jobs += [wide, narrow]
    for each in jobs:
        each.let_end()
    answers["ended"] = [sorted(partition for partition, _ in each.finish()) for each in jobs]
    answers["starts"] = [sorted(each.starts()) for each in jobs]
    return answers


def waits(spark: SparkSession, directory: Path) -> Answers:
    """The same, when nothing is set: the short job waits for a core."""
    scheduler = neptune_spark.scheduler(spark)
    long = PythonJob(spark.sparkContext, made(directory, "long"), None)
    long.wait_until_running()
    short = PythonJob(spark.sparkContext, made(directory, "short"), None)
    tracker = spark.sparkContext.statusTracker()
    eventually(lambda: len(tracker.getActiveStageIds()) == 2, "the short job did not come")
    before = long.progress(0)
    eventually(lambda: long.progress(0) > before, "it stands still")
    answers: Answers = {"short": sorted(short.running())}
    long.finish()
    short.finish()
    answers["suspensions"] = scheduler.statistics().suspensions
    return answers


def shares(spark: SparkSession, directory: Path, *pools: str) -> Answers:
    """Each pool has a job that could use all cores; which core-seconds they have held."""
    scheduler = neptune_spark.scheduler(spark)
    jobs: dict[str, PythonJob] = {}
    for pool in pools:
        jobs[pool] = PythonJob(spark.sparkContext, made(directory, pool), None, pool=pool)
        jobs[pool].wait_until_running(1)
    began = core_seconds(spark, jobs)
    end = time.monotonic() + 40 * QUANTUM_S
    eventually(lambda: time.monotonic() >= end, "time stands still")
    held = {pool: after - began[pool] for pool, after in core_seconds(spark, jobs).items()}
    answers: Answers = {"held": held}
    # None ends before all may: what is assured to one may be all that there is.
    for pool in pools:
        (directory / pool / "stop").touch()
    for job in jobs.values():
        job.finish()
    statistics = scheduler.statistics()
    answers["starts"] = [sorted(job.starts()) for job in jobs.values()]
    answers["suspensions"] = statistics.suspensions
    answers["cores_lent"] = statistics.cores_lent
    return answers


def core_seconds(spark: SparkSession, jobs: dict[str, PythonJob]) -> dict[str, float]:
    shares = neptune_spark.scheduler(spark).shares()
    used = {share.party: share.used_core_s for share in shares}
    return {pool: used[f"pool {pool}"] for pool in jobs}


SCENARIOS: dict[str, Callable[[SparkSession, Path], Answers]] = {
    "feedback": bypass,
    "fair": bypass,
    "cluster": bypass,
    "capped": capped,
    "barrier": barrier,
    "raised": raised,
    "sizes": sizes,
    "spark": waits,
    "weights": lambda spark, directory: shares(spark, directory, "one", "three"),
    "thirds": lambda spark, directory: shares(spark, directory, "one", "b", "c"),
    "assured": lambda spark, directory: shares(spark, directory, "three", "assured"),
}
ORDERS = {
    **dict.fromkeys(("fair", "weights", "thirds", "assured", "sizes"), "fair"),
    "spark": "spark",
}
MASTERS = {
    "capped": "local[4]",
    "cluster": "local-cluster[2,1,1024]",
    "sizes": "local-cluster[2,2,1024]",
}
POOLS = ("weights", "thirds", "assured")


def settings(name: str, directory: Path) -> dict[str, str]:
    """Those by which the sessions of scenarios differ."""
    found = {"spark.neptune.order": ORDERS.get(name, "feedback")}
    if name == "capped":
        found["spark.neptune.pool.*.maxCores"] = "2"
    if name in POOLS:
        pools = directory / "pools.xml"
        pools.write_text(ALLOCATIONS)
        found["spark.scheduler.mode"] = "FAIR"
        found["spark.scheduler.allocation.file"] = pools.as_uri()
    return found


def played(name: str, directory: Path) -> Answers:
    """What came of a scenario."""
    own = settings(name, directory)
    builder = (
        neptune_spark.builder()
        .master(MASTERS.get(name, "local[2]"))
        .config(*QUICK_EXECUTORS)
        .config("spark.ui.enabled", "false")
        .config("spark.neptune.order.quantum", f"{int(QUANTUM_S * 1000)}ms")
    )
    with session(with_event_log(builder, made(directory, "events")), own) as spark:
        spark.sparkContext.setLogLevel("ERROR")
        quick_job(spark)
        if name == "fair":
            spark.sparkContext.setLocalProperty("spark.scheduler.pool", "short")
        return SCENARIOS[name](spark, directory)


def main(directory: Path, *names: str) -> None:
    print(json.dumps({name: played(name, made(directory, name)) for name in names}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
