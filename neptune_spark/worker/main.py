"""PySpark's worker for one task, with a hub: what Spark starts where it may not use a daemon.

Started as `python -m neptune_spark.worker.main`, because of the setting
`spark.python.worker.module`, which counts when `spark.python.use.daemon` is false. A worker module
of the user's is run in the place of PySpark's.
"""

from __future__ import annotations

import runpy
import sys

from pyspark import worker
from pyspark.worker_util import get_sock_file_to_executor

from neptune_spark._errors import TaskCancelled
from neptune_spark.worker import users_module
from neptune_spark.worker.hub import own_hub
from neptune_spark.worker.task import announce_tasks

# Not in a function: a task may recurse as deep as in a worker of Spark's.
if __name__ == "__main__":
    announce_tasks(own_hub)
    try:
        if users := users_module.take("main"):
            runpy.run_module(users, run_name="__main__", alter_sys=True)
        else:
            with get_sock_file_to_executor() as executor:
                worker.main(executor, executor)
    except TaskCancelled:
        # It struck after PySpark's worker had caught and reported all that the task may raise.
        sys.exit(1)
