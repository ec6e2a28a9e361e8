"""Failures while tasks are suspended, on executors of their own; prints what came of them.

Usage: failures.py MASTER DIRECTORY SCENARIO...

One session plays all, of which "stop", if it is among them, has to be the last.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from pyspark import TaskContext
from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.activities import Busy, c_call_beside_a_program
from tests.integration.jobs import (
    PATIENCE_S,
    QUICK_EXECUTORS,
    PythonJob,
    eventually,
    executor_process,
    made,
    seen,
)

if TYPE_CHECKING:
    from tests.integration.jobs import Count


class Suspended:
    """A low job, all of whose tasks are suspended, and the high one that holds their cores."""

    def __init__(self, spark: SparkSession, directory: Path) -> None:
        self.scheduler = neptune_spark.scheduler(spark)
        self.low = self._job(spark, directory / "low")
        self.high = self._job(spark, directory / "high")
        eventually(lambda: self.states("low") == ["suspended"] * 2, "not all are suspended")

    def _job(self, spark: SparkSession, directory: Path) -> PythonJob:
        directory.mkdir()
        job = PythonJob(spark.sparkContext, directory, directory.name)
        job.wait_until_running()
        return job

    def states(self, level: str) -> list[str]:
        priority = {"low": -10, "high": 10}[level]
        return [task.state for task in self.scheduler.tasks() if task.priority == priority]

    def finish(self) -> dict[str, Any]:
        """Ends both jobs; the partitions that they answered for, and what they started."""
        answers: dict[str, Any] = {}
        for name, job in (("high", self.high), ("low", self.low)):
            answers[name] = sorted(partition for partition, _ in job.finish())
            answers[f"{name}_starts"] = sorted(job.starts())
        return answers


def kill_executor(spark: SparkSession, directory: Path) -> dict[str, Any]:
    jobs = Suspended(spark, directory)
    executor = executor_process(jobs.scheduler.tasks()[0].executor_id)
    # Worker and daemon must end by themselves.
    workers = executor.children(recursive=True)
    executor.kill()
    _, left = psutil.wait_procs(workers, timeout=PATIENCE_S)
    # Another executor takes its place, and the high task gets the core.
    eventually(lambda: len(jobs.high.starts()) == 3, "the high task was not started again")
    answers = {"low_done": jobs.low.result.done(), "orphans": len(left), "lost": 1}
    # Which partitions it had is as it happened.
    finished = jobs.finish()
    for name in ("high_starts", "low_starts"):
        finished[name] = len(finished[name])
    return {**answers, **finished}


def kill_executor_of_barrier(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """A barrier stage may have half of all cores, which is too little while an executor lacks."""
    sc = spark.sparkContext

    def shuffled(count: Count) -> list[tuple[int, int]]:
        # Spark runs no other barrier stage again (DAGScheduler.handleTaskCompletion).
        return (
            sc.parallelize([0], 1).barrier().mapPartitionsWithIndex(count).repartition(1).collect()
        )

    limit = {"spark.neptune.maxCores": "50%"}
    job = PythonJob(sc, directory, None, 1, local=limit, run=shuffled)
    job.wait_until_running(1)
    (task,) = neptune_spark.scheduler(spark).tasks()
    executor_process(task.executor_id).kill()
    eventually(lambda: job.result.done() or len(job.starts()) == 2, "it was not started again")
    return {"ended": [partition for partition, _ in job.finish()], "starts": job.starts()}


def kill_executor_of_stopped(spark: SparkSession, directory: Path) -> dict[str, Any]:
    """The worker is stopped by signal in a C call, with a program beside it, and must still end."""
    where = directory / "low"
    where.mkdir()
    busy = Busy(spark.sparkContext, where, c_call_beside_a_program)
    scheduler = neptune_spark.scheduler(spark)
    (task,) = scheduler.tasks()
    scheduler.suspend(task.task_id)
    eventually(lambda: scheduler.tasks()[0].state == "suspended", "it was not suspended")
    worker = busy.process()
    tree = [worker, *worker.children(recursive=True)]
    eventually(
        lambda: {process.status() for process in tree} == {psutil.STATUS_STOPPED},
        "not all processes were stopped",
    )
    executor_process(task.executor_id).kill()
    _, left = psutil.wait_procs(tree, timeout=PATIENCE_S)
    eventually(lambda: busy.attempts() == 2, "the task was not started again")
    second = busy.process()
    spark.sparkContext.cancelAllJobs()
    failed = busy.result.exception(PATIENCE_S) is not None
    _, stuck = psutil.wait_procs([second], timeout=PATIENCE_S)
    return {"processes": len(tree), "left": len(left), "failed": failed, "stuck": len(stuck)}


def kill_worker(spark: SparkSession, directory: Path) -> dict[str, Any]:
    jobs = Suspended(spark, directory)
    progress = str(directory / "low" / "1")
    (worker,) = [
        process
        for process in psutil.Process().children(recursive=True)
        if any(file.path == progress for file in seen(process.open_files))
    ]
    os.kill(worker.pid, signal.SIGKILL)
    eventually(lambda: len(jobs.states("low")) == 1, "the task outlived its worker")
    answers = {"low_done": jobs.low.result.done()}
    return {**answers, **jobs.finish()}


def fail_once(spark: SparkSession, directory: Path) -> dict[str, Any]:
    low = PythonJob(spark.sparkContext, directory, "low")
    low.wait_until_running()

    def work(partition: int, _: Iterator[int]) -> Iterator[int]:
        context = TaskContext.get()
        assert context is not None
        if partition == 1 and context.attemptNumber() == 0:
            raise ValueError("the first attempt fails")
        yield context.attemptNumber()

    with neptune_spark.priority("high"):
        attempts = spark.sparkContext.parallelize([0, 1], 2).mapPartitionsWithIndex(work).collect()
    done = low.result.done()
    finished = sorted(partition for partition, _ in low.finish())
    return {"high": attempts, "low_done": done, "low": finished, "low_starts": sorted(low.starts())}


def stop(spark: SparkSession, directory: Path) -> dict[str, Any]:
    jobs = Suspended(spark, directory)
    spark.stop()
    # With which error is PySpark's affair: it may look at what stop() has just taken away.
    failed = [job.result.exception(PATIENCE_S) is not None for job in (jobs.low, jobs.high)]
    return {"failed": failed}


SCENARIOS = {
    f.__name__: f
    for f in (
        kill_executor,
        kill_executor_of_barrier,
        kill_executor_of_stopped,
        kill_worker,
        fail_once,
        stop,
    )
}


def played(spark: SparkSession, name: str, directory: Path) -> dict[str, Any]:
    """What came of a scenario, which leaves nothing behind."""
    answers = SCENARIOS[name](spark, directory)
    if name != "stop":
        scheduler = neptune_spark.scheduler(spark)
        eventually(lambda: not scheduler.tasks(), "a task was left behind")
        answers["cores_lent"] = scheduler.statistics().cores_lent
        # Both cores are there for the next job.
        next_job = PythonJob(spark.sparkContext, made(directory, "next"), None)
        next_job.wait_until_running()
        next_job.finish()
    return answers


def main() -> None:
    master, directory, *scenarios = sys.argv[1:]
    builder = neptune_spark.builder().master(master).config("spark.ui.enabled", "false")
    spark = builder.config(*QUICK_EXECUTORS).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    place = Path(directory)
    answers = {name: played(spark, name, made(place, name)) for name in scenarios}
    if "stop" not in scenarios:
        spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
