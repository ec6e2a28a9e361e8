"""Ends a run that hangs, and tells where everything stands."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
from pyspark.sql import SparkSession

import neptune_spark
from tests.integration.jobs import in_background, seen


class Watchdog:
    """Looks after a run: something must have changed some seconds later, or it hangs."""

    def __init__(self, spark: SparkSession, seconds: float, again: str) -> None:
        self._spark = spark
        self._seconds = seconds
        self._again = again
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        seen, since = self._live_tasks(), time.monotonic()
        while not self._over.wait(5):
            if (now := self._live_tasks()) != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > self._seconds:
                self._bark()

    def _live_tasks(self) -> object:
        """Which tasks there are; the scheduler may hang itself, which is no change."""
        asked = in_background(lambda: neptune_spark.scheduler(self._spark).tasks())
        try:
            return [task.task_id for task in asked.result(self._seconds)]
        except Exception as error:
            return type(error)

    def _bark(self) -> None:
        print(f"THE RUN HANGS; {self._again}", file=sys.stderr)
        faulthandler.dump_traceback(file=sys.stderr)
        processes = psutil.Process().children(recursive=True)
        # The scheduler may hang itself.
        tasks = in_background(lambda: neptune_spark.scheduler(self._spark).tasks())
        try:
            print(*tasks.result(10), sep="\n", file=sys.stderr)
        except Exception as error:
            print(f"the scheduler does not tell its tasks: {error!r}", file=sys.stderr)
        for process in processes:
            command = seen(process.cmdline)
            if command and Path(command[0]).name == "java":
                stacks = subprocess.run(
                    ["jstack", str(process.pid)], capture_output=True, text=True, check=False
                )
                print(process.pid, command[-12:], stacks.stdout, file=sys.stderr)
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        os._exit(3)
