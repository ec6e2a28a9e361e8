"""PySpark's worker for one task, under a hub: what Spark starts where it may not use a daemon.

Started as `python -m neptune_spark.worker.main`, because of the setting
`spark.python.worker.module`, which counts when `spark.python.use.daemon` is false.
"""

from __future__ import annotations

import sys

from pyspark import worker
from pyspark.worker_util import get_sock_file_to_executor

from neptune_spark.worker.errors import TaskCancelled
from neptune_spark.worker.hub import Hub
from neptune_spark.worker.task import announce_tasks


def main() -> None:
    """Connect back to Spark and run one task."""
    hub = Hub()
    announce_tasks(hub)
    with get_sock_file_to_executor() as executor:
        try:
            hub.run(worker.main, executor, executor)
        except TaskCancelled:
            # It struck after PySpark's worker had caught and reported all that the task may raise.
            sys.exit(1)


if __name__ == "__main__":
    main()
