"""An application whose policy is a class of a jar of the user's; prints its decision.

Words: the jar, the class, a directory for a job's files.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import neptune_spark
from tests.integration.jobs import PythonJob


def main() -> None:
    jar, policy, directory = sys.argv[1:]
    builder = neptune_spark.builder(policy=policy, policy_timeout="30s").config("spark.jars", jar)
    spark = builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    low = PythonJob(spark.sparkContext, Path(directory), "low")
    low.wait_until_running()
    scheduler = neptune_spark.scheduler(spark)
    newest = max(task.task_id for task in scheduler.tasks())
    with neptune_spark.priority("high"):
        spark.sparkContext.parallelize([1], 1).sum()
    print(json.dumps({**asdict(scheduler.decisions(1)[0]), "newest": newest}))
    low.finish()
    spark.stop()


if __name__ == "__main__":
    main()
