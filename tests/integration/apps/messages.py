"""Messages that get lost, and an executor that does not answer; prints what came of it as JSON.

Usage: messages.py DIRECTORY
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import (
    PATIENCE_S,
    QUICK_EXECUTORS,
    PythonJob,
    eventually,
    executor_process,
    in_background,
)


def high(spark: SparkSession) -> int:
    """A job of one task, which needs the core of a low one."""
    with neptune_spark.priority("high"):
        return spark.sparkContext.parallelize([20, 22], 1).map(lambda n: n).sum()


def main() -> None:
    directory = Path(sys.argv[1])
    spark = (
        neptune_spark.builder(
            policy="python:neptune_spark.policies:NewestFirst",
            policy_timeout="10s",
            chaos_drop_messages=0.3,
            chaos_double_messages=0.3,
            chaos_delay_messages="20ms",
            chaos_seed=1,
        )
        .master("local-cluster[2,1,1024]")
        .config(*QUICK_EXECUTORS)
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    scheduler = neptune_spark.scheduler(spark)
    low = PythonJob(spark.sparkContext, directory, "low")
    low.wait_until_running()
    answers: dict[str, object] = {"high": [high(spark) for _ in range(5)]}

    eventually(lambda: {t.state for t in scheduler.tasks()} == {"running"}, "they do not resume")
    # The policy's next victim.
    last = max(scheduler.tasks(), key=lambda task: task.task_id)
    silent = executor_process(last.executor_id)
    silent.send_signal(signal.SIGSTOP)
    before = len(scheduler.decisions(1000))
    try:
        job = in_background(lambda: high(spark))
        answers["beside_silent"] = job.result(PATIENCE_S)
    finally:
        silent.send_signal(signal.SIGCONT)
    decisions = scheduler.decisions(1000)
    asked = [d.victims[0].executor_id for d in decisions[: len(decisions) - before] if d.victims]
    answers["asked_first"] = asked[-1] == last.executor_id
    answers["low_done"] = low.result.done()
    answers["low"] = sorted(partition for partition, _ in low.finish())
    answers["low_starts"] = sorted(low.starts())
    eventually(lambda: not scheduler.tasks(), "a task was left behind")
    answers["cores_lent"] = scheduler.statistics().cores_lent
    spark.stop()
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
