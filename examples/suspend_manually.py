"""Suspends one task of a running job manually, and resumes it three seconds later.

The task continues where it stopped: nothing is computed twice. Run it:

    python examples/suspend_manually.py
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from pyspark import InheritableThread

import neptune_spark
from neptune_spark import Scheduler, TaskView

STEPS = 50


def slow(rows: Iterable[int]) -> Iterator[int]:
    """Yields each row some 100 ms after the one before."""
    for row in rows:
        time.sleep(0.1)
        yield row


def wait_for_a_task(scheduler: Scheduler, state: str) -> TaskView:
    """The first task that is in a state, as soon as there is one."""
    while True:
        for task in scheduler.tasks():
            if task.state == state:
                return task
        time.sleep(0.05)


def main() -> None:
    spark = neptune_spark.builder().master("local[2]").appName("manual suspension").getOrCreate()
    scheduler = neptune_spark.scheduler(spark)
    rows = spark.sparkContext.parallelize(range(STEPS), 1).mapPartitions(slow)
    results: list[list[int]] = []
    job = InheritableThread(target=lambda: results.append(rows.collect()))
    job.start()

    task = wait_for_a_task(scheduler, "running")
    scheduler.suspend(task.task_id)
    wait_for_a_task(scheduler, "suspended")
    print(f"task {task.task_id} is suspended")
    time.sleep(3)
    scheduler.resume(task.task_id)
    job.join()
    assert results == [list(range(STEPS))]
    print(f"the job gave {len(results[0])} rows, each computed once")
    spark.stop()


if __name__ == "__main__":
    main()
