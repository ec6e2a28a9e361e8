"""Jobs that last until a test lets them end, and what can be seen of them from outside."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psutil
from pyspark import RDD, SparkContext, TaskContext
from pyspark.sql import DataFrame, SparkSession

import neptune_spark
from neptune_spark import TaskView
from neptune_spark._events import AGAIN, ENDED, JOB_SUSPENSIONS, SUMMARY, single_events

if TYPE_CHECKING:
    #: What is done with the records of a partition.
    Count = Callable[[int, Iterable[int]], Iterator[tuple[int, int]]]

#: A setting that gives executors what conftest.py gives drivers, so that they start sooner.
QUICK_EXECUTORS = ("spark.executor.extraJavaOptions", os.environ.get("SPARK_SUBMIT_OPTS", ""))

#: How long to wait for what must happen; only a failing test waits so long.
PATIENCE_S = 120.0


def eventually(
    condition: Callable[[], object], otherwise: str, patience_s: float = PATIENCE_S
) -> None:
    """Returns as soon as the condition holds."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, otherwise
        time.sleep(0.005)


def in_background(act: Callable[[], Any]) -> Future[Any]:
    """Runs in a thread with local properties of its own, as Spark's own thread pools do."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(act())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def seen(look: Callable[[], list[Any]]) -> list[Any]:
    """What is seen of a process, which may just have ended."""
    try:
        return look()
    except psutil.Error:
        return []


def executor_process(executor_id: str) -> psutil.Process:
    """That of an executor which this application has started on its own machine."""
    (found,) = [
        process
        for process in psutil.Process().children(recursive=True)
        if f"--executor-id {executor_id} " in " ".join(seen(process.cmdline))
    ]
    return found


def gone(process: psutil.Process) -> bool:
    """Whether it has ended. A zombie has: nobody may be there to ask for its exit status."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def made(directory: Path, name: str) -> Path:
    """A new directory in another one."""
    (directory / name).mkdir()
    return directory / name


class PythonJob:
    """Partition functions that count until they are told to stop, each into a file of its own.

    `run` makes something else of them than an RDD, of as many partitions.
    """

    def __init__(
        self,
        sc: SparkContext,
        directory: Path,
        level: str | int | None,
        partitions: int = 2,
        barrier: bool = False,
        group: str | None = None,
        interrupt: bool = False,
        pool: str | None = None,
        local: Mapping[str, str] | None = None,
        run: Callable[[Count], list[tuple[int, int]]] | None = None,
    ) -> None:
        self._directory = directory
        self.partitions = partitions
        where = str(directory)

        def count(partition: int, records: Iterable[int]) -> Iterator[tuple[int, int]]:
            context = TaskContext.get()
            assert context is not None
            with open(f"{where}/starts", "a", buffering=1) as starts:
                starts.write(f"{partition}\n")
            counted = 0
            stop = Path(where, "stop")
            with open(f"{where}/{partition}", "w", buffering=1) as progress:
                while not stop.exists():
                    counted += 1
                    if counted % 50 == 0:
                        progress.seek(0)
                        progress.write(f"{counted:020d}")
                        progress.flush()
            yield partition, counted

        def submit() -> list[tuple[int, int]]:
            if group is not None:
                sc.setJobGroup(group, "a job that is cancelled", interruptOnCancel=interrupt)
            if pool is not None:
                sc.setLocalProperty("spark.scheduler.pool", pool)
            for key, value in (local or {}).items():
                sc.setLocalProperty(key, value)
            if run is not None:
                return run(count)
            rdd = sc.parallelize(range(partitions), partitions)
            if barrier:
                return rdd.barrier().mapPartitionsWithIndex(count).collect()
            return rdd.mapPartitionsWithIndex(count).collect()

        self.result = in_background(
            submit if level is None else neptune_spark.priority(level)(submit)
        )

    def progress(self, partition: int) -> int:
        try:
            return int((self._directory / str(partition)).read_text() or 0)
        except FileNotFoundError:
            return 0

    def running(self) -> set[int]:
        return {p for p in range(self.partitions) if self.progress(p)}

    def wait_until_running(self, count: int = 2) -> None:
        eventually(lambda: len(self.running()) >= count, "the job got no cores")

    def starts(self) -> list[int]:
        return [int(line) for line in (self._directory / "starts").read_text().split()]

    def let_end(self) -> None:
        (self._directory / "stop").touch()

    def finish(self) -> list[tuple[int, int]]:
        self.let_end()
        counts: list[tuple[int, int]] = self.result.result(PATIENCE_S)
        return counts


class JvmJob:
    """A scan of Parquet files that leaves its progress in the JVM's system properties.

    It lingers once in a batch of rows until it is told to finish.
    """

    rows = 16_000_000
    mark_every = 4096

    def __init__(
        self, spark: SparkSession, directory: Path, name: str, level: str | int | None
    ) -> None:
        numbers = str(directory / "numbers")
        spark.range(0, self.rows, 1, 2).write.parquet(numbers)
        self._system: Any = spark.sparkContext._jvm.java.lang.System  # type: ignore[union-attr]
        self._prefix = f"neptune.test.{name}."
        system = "java_method('java.lang.System',"
        mark = (
            f"CASE WHEN id % {self.mark_every} = 0 THEN concat_ws(' ', "
            f"{system} 'setProperty', concat('{self._prefix}', spark_partition_id()), "
            f"cast(id AS string)), CASE WHEN {system} 'getProperty', '{self._prefix}stop') "
            "= 'null' THEN java_method('java.lang.Thread', 'sleep', 10L) END) END"
        )

        def submit() -> int:
            frame = spark.read.parquet(numbers).selectExpr("id", f"{mark} AS mark")
            row = self.query(frame).selectExpr("sum(id % 11)", "count(mark)").collect()[0]
            return int(row[0])

        self.result = in_background(
            submit if level is None else neptune_spark.priority(level)(submit)
        )

    def query(self, frame: DataFrame) -> DataFrame:
        """What is done with the rows (id, mark) before they are counted."""
        return frame

    def progress(self, partition: int) -> int:
        text = self._system.getProperty(f"{self._prefix}{partition}")
        return 0 if text is None else int(text)

    def wait_until_running(self) -> None:
        eventually(lambda: self.progress(0) and self.progress(1), "the job got no cores")

    def finish(self) -> int:
        self._system.setProperty(f"{self._prefix}stop", "now")
        total: int = self.result.result(PATIENCE_S)
        return total

    def expected(self) -> int:
        whole, rest = divmod(self.rows, 11)
        return whole * sum(range(11)) + sum(range(rest))


class GatedJob:
    """A job each of whose tasks ends when it is told to, and answers (partition, sum of records).

    By default it has no records; `source` makes an RDD that has. `then` is added to the sum, and
    called when the task ends.
    """

    def __init__(
        self,
        spark: SparkSession,
        directory: Path,
        level: Literal["low", "high"],
        partitions: int,
        source: Callable[[], RDD[int]] | None = None,
        group: str | None = None,
        then: Callable[[], int] = int,
    ) -> None:
        directory.mkdir()
        self._directory = directory
        self._partitions = range(partitions)
        self._scheduler = neptune_spark.scheduler(spark)
        self._priority = {"low": -10, "high": 10}[level]
        where = str(directory)

        def wait(partition: int, records: Iterable[int]) -> Iterator[tuple[int, int]]:
            total = sum(records)
            with open(f"{where}/starts", "a") as starts:
                starts.write(f"{partition}\n")
            while not Path(where, f"end-{partition}").exists():
                time.sleep(0.01)
            yield partition, total + then()

        def submit() -> list[tuple[int, int]]:
            sc = spark.sparkContext
            if group is not None:
                sc.setJobGroup(group, "a job that is cancelled", interruptOnCancel=True)
            rdd = sc.parallelize([], partitions) if source is None else source()
            return rdd.mapPartitionsWithIndex(wait).collect()

        self.result = in_background(neptune_spark.priority(level)(submit))

    def tasks(self, partition: int) -> list[TaskView]:
        """The live attempts for the partition."""
        return [
            task
            for task in self._scheduler.tasks()
            if (task.priority, task.partition) == (self._priority, partition)
        ]

    def task(self, partition: int) -> TaskView:
        """Its only attempt, as soon as that has been launched."""
        eventually(lambda: self.tasks(partition), f"task {partition} got no core")
        (task,) = self.tasks(partition)
        return task

    def suspend(self, partition: int) -> TaskView:
        self._scheduler.suspend(self.task(partition).task_id)
        return self.wait_until("suspended", partition)

    def wait_until(self, state: str, partition: int) -> TaskView:
        eventually(lambda: self.task(partition).state == state, f"{partition} is not {state}")
        return self.task(partition)

    def starts(self) -> list[int]:
        """The partitions whose function was called, once for each time."""
        try:
            return sorted(int(line) for line in (self._directory / "starts").read_text().split())
        except FileNotFoundError:
            return []

    def wait_until_started(self, *partitions: int) -> None:
        eventually(lambda: set(partitions) <= set(self.starts()), "a task did not start")

    def end(self, *partitions: int) -> None:
        for partition in partitions:
            (self._directory / f"end-{partition}").touch()

    def finish(self) -> list[tuple[int, int]]:
        self.end(*self._partitions)
        answers: list[tuple[int, int]] = self.result.result(PATIENCE_S)
        return answers


def tell_event_log(sc: SparkContext) -> None:
    """Has all in the event log that has happened: Neptune writes once a second."""
    sc._jsc.sc().taskScheduler().neptune().tellEventLog()
    sc._jsc.sc().listenerBus().waitUntilEmpty()


def with_event_log(builder: SparkSession.Builder, directory: Path) -> SparkSession.Builder:
    """That of a session which writes its event log, a single plain file, into a directory."""
    return (
        builder.config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", directory.as_uri())
        .config("spark.eventLog.compress", "false")
        .config("spark.eventLog.rolling.enabled", "false")
    )


def log_of(sc: SparkContext) -> Path:
    """Where Spark writes its event log, a single file."""
    directory = sc.getConf().get("spark.eventLog.dir")
    assert directory is not None
    (log,) = Path(directory.replace("file:", "", 1)).glob(f"*{sc.applicationId}*")
    return log


def time_of(event: dict[str, Any]) -> int | None:
    """When an event of Spark's was, in milliseconds since 1970, if it says so."""
    info = event.get("Task Info", {})
    ended: int = info.get("Finish Time", 0)
    found: int | None = ended or info.get("Launch Time") or event.get("Timestamp")
    return found


class EventLog:
    """Spark's event log, from the moment this object was made."""

    def __init__(self, sc: SparkContext, path: Path) -> None:
        self._sc = sc
        self._path = path
        self._drain()
        self._from = path.stat().st_size

    def events(self) -> list[dict[str, Any]]:
        """All of Spark's, and among them what listeners were told of suspensions meanwhile."""
        self._drain()
        with self._path.open() as log:
            log.seek(self._from)
            logged = [json.loads(line) for line in log]
        told = [
            single
            for event in logged
            for single in single_events(event)
            if single.get("reason") not in (ENDED, AGAIN)
        ]
        sparks = [event for event in logged if event["Event"] not in (JOB_SUSPENSIONS, SUMMARY)]
        found: list[dict[str, Any]] = []
        # Those of one millisecond stay as they were posted.
        left = deque(sorted(told, key=lambda event: event["time"]))
        for event in sparks:
            at = time_of(event)
            while at is not None and left and left[0]["time"] <= at:
                found.append(left.popleft())
            found.append(event)
        return [*found, *left]

    def of_tasks(self) -> list[tuple[str, int]]:
        """(start | end | suspended | resumed, task id), in the order in which they were posted."""
        found = []
        for event in self.events():
            package, _, kind = event["Event"].rpartition("SparkListenerTask")
            if package and kind in ("Suspended", "Resumed"):
                found.append((kind.lower(), int(event["taskId"])))
            elif not package and kind in ("Start", "End"):
                found.append((kind.lower(), int(event["Task Info"]["Task ID"])))
        return found

    def attempts(self) -> list[int]:
        """Attempt numbers of all tasks that ended: 0 unless a task was run again."""
        return [
            int(event["Task Info"]["Attempt"])
            for event in self.events()
            if event["Event"] == "SparkListenerTaskEnd"
        ]

    def _drain(self) -> None:
        tell_event_log(self._sc)
