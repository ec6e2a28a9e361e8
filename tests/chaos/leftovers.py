"""What is still there when all jobs have ended, and should not be."""

from __future__ import annotations

import _thread
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psutil
from pyspark.sql import SparkSession

import neptune_spark
from tests.chaos.troubles import executors

#: Objects that live as long as a task, by where they do.
ON_DRIVER = ("neptune.core.TaskEntry", "neptune.protocol.Requests$Request")
ON_EXECUTORS = (
    "org.apache.spark.neptune.executor.TaskGate",
    "org.apache.spark.neptune.python.PendingRequests$Request",
)
#: Catalyst's SimpleAnalyzer, one of a JVM, keeps the context of the first task that needed it.
SPARKS_OWN = {ON_EXECUTORS[0]: 1}
#: Executors tell their memory every so often, and some things end after their task.
PATIENCE_S = 30
MEMORY = ("OnHeapExecutionMemory", "OffHeapExecutionMemory")


def leftovers(spark: SparkSession) -> list[str]:
    """One sentence for each thing that is left."""
    scheduler = neptune_spark.scheduler(spark)
    checks: dict[str, Callable[[], object]] = {
        "tasks": scheduler.tasks,
        "cores lent": lambda: scheduler.statistics().cores_lent,
        "tasks of executors": lambda: [
            e for e in scheduler.executors() if e.tasks_running or e.tasks_suspended
        ],
        "memory of executors": lambda: [
            (e.executor_id, name, e.memory.metrics[name])
            for e in scheduler.executors()
            if e.memory is not None
            for name in MEMORY
            if e.memory.metrics[name]
        ],
        "objects of the driver": lambda: _objects(_driver(), ON_DRIVER),
        "objects of executors": lambda: [
            found
            for e in executors()
            if (found := _objects(e.pid, ON_EXECUTORS)) and found != SPARKS_OWN
        ],
        "threads of executors": lambda: [
            found for e in executors() if (found := _doubled_threads(e.pid))
        ],
        "in workers": lambda: _in_workers(spark),
    }
    wrong = []
    for name, look in checks.items():
        end = time.monotonic() + PATIENCE_S
        while (left := look()) and time.monotonic() < end:
            time.sleep(0.2)
        if left:
            wrong.append(f"{name} left: {left}")
            if name.startswith("objects"):
                wrong += [_dumped(pid) for pid in (_driver(), *(e.pid for e in executors()))]
    return wrong


def _dumped(pid: int) -> str:
    """Has a JVM write its heap to a file that stays: it tells who holds what is left."""
    file = Path(tempfile.gettempdir()) / f"neptune-chaos-{pid}.hprof"
    said = _ask(["jcmd", str(pid), "GC.heap_dump", "-overwrite", str(file)])
    return " ".join(said.split())


def _driver() -> int:
    """The process of the driver's JVM."""
    (jvm,) = (p for p in psutil.Process().children() if p.name() == "java")
    return int(jvm.pid)


def _objects(pid: int, classes: tuple[str, ...]) -> dict[str, int]:
    """How many objects of these classes a JVM has, after a full collection."""
    out = _ask(["jcmd", str(pid), "GC.class_histogram"])
    rows = [line.split() for line in out.splitlines()]
    return {row[3]: int(row[1]) for row in rows if len(row) > 3 and row[3] in classes}


def _doubled_threads(pid: int) -> dict[str, int]:
    """Neptune's threads of an executor, which has one of each at most."""
    out = _ask(["jstack", str(pid)])
    names = Counter(line.split('"')[1] for line in out.splitlines() if line.startswith('"neptune-'))
    return {name: count for name, count in names.items() if count > 1}


def _ask(words: list[str]) -> str:
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False).stdout


def _in_workers(spark: SparkSession) -> list[tuple[int, int, int]]:
    """Workers with more than the main thread, the hub's, and one socket of ours to the executor."""

    def look(_: Iterable[int]) -> Iterator[tuple[int, int, int]]:
        sockets = psutil.Process().net_connections("unix")
        ours = sum("neptune-" in s.raddr for s in sockets)
        # The hub's thread is none that `threading` knows of.
        yield _thread._count(), threading.active_count(), ours

    found = spark.sparkContext.parallelize(range(8), 8).mapPartitions(look).collect()
    return [counts for counts in found if counts > (1, 1, 1)]
