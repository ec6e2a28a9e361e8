"""An application that goes on and on; prints what grows with the number of its jobs, Python tasks,
micro-batches and queries.

Usage: leaks.py DIRECTORY
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Dict, Tuple

from py4j.java_collections import JavaMap
from pyspark.sql import SparkSession

import neptune_spark
from neptune_bench.harness import executors, heap
from neptune_bench.memory.beside import Stream, beside
from neptune_bench.memory.session import KEPT
from neptune_spark import TaskError
from tests.integration.jobs import QUICK_EXECUTORS, eventually, made, tell_event_log, with_event_log
from tests.integration.sessions import QUICK_CHECKPOINTS

#: What grows by so many objects for each job, Python task, micro-batch or query is a leak, if it
#: does so each time: what a JVM and Spark keep is never quite the same.
LEAST = 0.5
ROUNDS = 5
#: Fewer tasks than this tell nothing of a Python worker.
FEWEST = 10
#: What Neptune remembers on purpose, by the fields that lead to it from its scheduler, and how many
#: of these at most. More than there will be here, so that it has to forget all before each look.
REMEMBERED = {
    ("policies", "record", "records"): 1000,
    ("durations", "stages"): 1000,
    ("overrides", "queries", "ended"): 1000,
    ("priorities", "effective", "inherited"): 1000,
}
SETTINGS = {
    **KEPT,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.task.maxFailures": "2",
    "spark.neptune.maxSuspensions": "1000000",
    "spark.neptune.pool.few.maxCores": "1",
    "spark.neptune.python.noSuspendMax": "60s",
}
#: Scala keeps each number up to 1024 once it was a BigInt, as ids of Spark's are, with what that
#: consists of.
NUMBERS = {"scala.math.BigInt", "java.math.BigInteger", "[I"}
#: What a text consists of. The literals of code come to be as it is compiled, also much later.
TEXTS = ("java.lang.String", "[B")
ENDLESS = 1 << 50
#: By process: how many units there have been, and how many objects of each kind it has.
Seen = Dict[str, Tuple[int, "Counter[str]"]]


def kinds_here() -> Counter[str]:
    """How many objects of each kind this Python process has, of those that its collector knows."""
    gc.collect()
    return Counter(
        f"{type(each).__module__}.{type(each).__qualname__}" for each in gc.get_objects()
    )


def kinds_in(pid: int) -> Counter[str]:
    """How many objects of each class a JVM has."""
    objects = heap.settled(pid).objects
    literals = heap.interned(pid)
    found = Counter({kind: number for kind, number in objects.items() if kind not in NUMBERS})
    return found - Counter(dict.fromkeys(TEXTS, literals))


def in_worker(_: int) -> tuple[int, Counter[str]]:
    """A Python worker, and what it has. Numbers and texts are seen by the memory that they take."""
    gc.collect()
    # CPython remembers where it has found attributes, by up to 4096 names: those that are made anew
    # for each task, as in TaskContext.__init__ (PySpark 4.3.0), are all in there.
    sys._clear_type_cache()
    blocks = sys.getallocatedblocks()
    return os.getpid(), kinds_here() + Counter({"blocks of memory": blocks})


def field(owner: Any, name: str) -> Any:
    """What an object of the JVM has in a private field."""
    kind = owner.getClass()
    while name not in [each.getName() for each in kind.getDeclaredFields()]:
        kind = kind.getSuperclass()
    found = kind.getDeclaredField(name)
    found.setAccessible(True)
    return found.get(owner)


class Application:
    def __init__(self, spark: SparkSession, directory: Path) -> None:
        self.spark, self.sc = spark, spark.sparkContext
        self.directory = directory
        self.scheduler = neptune_spark.scheduler(spark)
        self.numbers = itertools.count()
        self.done = 0
        #: How many tasks each Python worker has run.
        self.ran: Counter[int] = Counter()
        self._others = ThreadPoolExecutor(1)
        self._driver = heap.driver_pid(spark)
        (executor,) = executors.processes(spark)
        self._executor = executor.pid

    # What runs beside.

    def low(self, act: Callable[[], Any]) -> None:
        """A low job, which others cancel at times."""
        self.sc.setJobGroup("batch", "holds all cores", interruptOnCancel=True)
        try:
            with neptune_spark.priority("low"):
                act()
        except Exception as error:
            if "cancelled" not in str(error):
                raise

    def jvm_batch(self) -> None:
        frame = self.spark.range(0, 10_000_000, 1, 2).selectExpr("sum(id % 7)")
        self.low(frame.collect)

    def python_batch(self) -> None:
        def compute(_: int) -> int:
            sum(n % 7 for n in range(300_000))
            return os.getpid()

        self.low(lambda: self.ran.update(self.sc.parallelize([1, 2], 2).map(compute).collect()))

    def either_batch(self) -> None:
        self.jvm_batch()
        self.python_batch()

    # High jobs.

    def plain(self) -> None:
        self.spark.range(0, 100, 1, 2).count()

    def shuffle(self) -> None:
        self.spark.range(0, 100, 1, 2).groupBy("id").count().collect()

    def broadcast(self) -> None:
        small = self.spark.range(10).hint("broadcast")
        self.spark.range(0, 50, 1, 2).join(small, "id").count()

    def python(self) -> None:
        self.ran.update(self.sc.parallelize([1, 2], 2).map(lambda _: os.getpid()).collect())

    def named(self) -> None:
        """In a group and with a tag of its own."""
        number = next(self.numbers)
        with self.group(f"group {number}"):
            self.sc.addJobTag(f"tag-{number}")
            self.plain()
            self.sc.removeJobTag(f"tag-{number}")

    @contextmanager
    def group(self, name: str) -> Iterator[None]:
        self.sc.setJobGroup(name, "a group of its own", interruptOnCancel=True)
        try:
            yield
        finally:
            for key in ("spark.jobGroup.id", "spark.job.description"):
                self.sc.setLocalProperty(key, None)

    def failing(self) -> None:
        self.fails(self.spark.range(0, 2, 1, 2).selectExpr("raise_error('on purpose')").collect)

    def failing_in_python(self) -> None:
        self.fails(self.sc.parallelize([1, 2], 2).map(lambda _: 1 // 0).collect)

    def fails(self, act: Callable[[], Any]) -> None:
        try:
            act()
        except Exception:
            return
        raise AssertionError("it has not failed")

    def limited(self) -> None:
        with neptune_spark.limit(max_tasks=1):
            self.plain()

    def in_a_pool(self) -> None:
        self.sc.setLocalProperty("spark.scheduler.pool", "few")
        self.plain()
        self.sc.setLocalProperty("spark.scheduler.pool", None)

    def cancelled(self) -> None:
        """Together with tasks that are suspended for it."""
        name = f"cancelled {next(self.numbers)}"

        def submit() -> None:
            with self.group(name), neptune_spark.priority("high"):
                self.spark.range(0, ENDLESS, 1, 2).selectExpr("sum(id % 7)").collect()

        def has_begun() -> bool:
            jobs = set(self.sc.statusTracker().getJobIdsForGroup(name))
            return any(task.job_id in jobs for task in self.scheduler.tasks())

        job = self._others.submit(submit)
        eventually(has_begun, "it did not start")
        self.sc.cancelJobGroup("batch")
        self.sc.cancelJobGroup(name)
        error = job.exception(120)
        assert error is not None and "cancelled" in str(error), error

    def by_hand(self) -> None:
        """A low task is suspended and resumed, and its job is another one's equal for a while."""
        for task in [task for task in self.scheduler.tasks() if task.priority < 0][:1]:
            with suppress(TaskError):  # it may end at any moment
                self.scheduler.suspend(task.task_id)
                self.plain()
                if task.job_id is not None:
                    self.scheduler.set_priority("normal", job_id=task.job_id)
                self.scheduler.resume(task.task_id)

    def jobs(self, count: int) -> None:
        kinds = (
            *(self.plain, self.shuffle, self.broadcast, self.python, self.named, self.failing),
            *(self.failing_in_python, self.limited, self.in_a_pool, self.cancelled, self.by_hand),
        )
        with beside(self.either_batch), neptune_spark.priority("high"):
            for number in range(count):
                kinds[number % len(kinds)]()

    def python_jobs(self, count: int) -> None:
        with beside(self.python_batch), neptune_spark.priority("high"):
            for _ in range(count):
                self.python()

    def queries(self, count: int) -> None:
        with beside(self.jvm_batch):
            for _ in range(count):
                place = made(self.directory, f"query-{next(self.numbers)}")
                rows = self.spark.readStream.format("rate-micro-batch").option("rowsPerBatch", "10")
                writer = rows.load().writeStream.format("noop")
                query = writer.option("checkpointLocation", str(place)).start()
                eventually(lambda query=query: query.lastProgress, "it had no micro-batch")
                query.stop()

    # What is looked at.

    def forget(self) -> None:
        for path, most in REMEMBERED.items():
            found: Any = self.sc._jsc.sc().taskScheduler()
            for name in path:
                found = field(found, name)
            assert found.size() <= most, path
            # A JavaMap takes key by key away, for ever where it sends a Long back as an Integer.
            (found.keySet() if isinstance(found, JavaMap) else found).clear()
            assert found.size() < most, path

    def look(self) -> Seen:
        tell_event_log(self.sc)
        self.forget()
        return {
            "the driver": (self.done, kinds_in(self._driver)),
            "the executor": (self.done, kinds_in(self._executor)),
            "the driver's Python": (self.done, kinds_here()),
        }

    def look_at_workers(self) -> Seen:
        found = self.sc.parallelize(range(8), 8).map(in_worker).collect()
        return self.look() | {f"worker {pid}": (self.ran[pid], kinds) for pid, kinds in found}

    def grown(
        self, advance: Callable[[int], None], count: int, look: Callable[[], Seen]
    ) -> dict[str, Any]:
        """What has grown each time, when there were so many units more, by how much."""
        suspensions = self.scheduler.statistics().suspensions
        found: dict[str, list[str]] = {}
        before = look()
        for number in range(ROUNDS):
            advance(count)
            self.done += count
            after, grown = look(), {}
            for process in before.keys() & after.keys():
                (was, had), (now, has) = before[process], after[process]
                if now - was >= min(count, FEWEST):
                    for kind in has:
                        if has[kind] - had[kind] >= LEAST * (now - was):
                            grown[f"{process}: {kind}"] = f"{has[kind] - had[kind]} in {now - was}"
            found = {
                name: [*found.get(name, []), more]
                for name, more in grown.items()
                if number == 0 or name in found
            }
            before = after
            print(f"after {self.done}: {found}", file=sys.stderr, flush=True)
            if not found:
                break
        return {
            "grown": found,
            "rounds": number + 1,
            "processes": sorted(before),
            "suspensions": self.scheduler.statistics().suspensions - suspensions,
        }


def main(directory: Path) -> None:
    builder = neptune_spark.builder().master("local-cluster[1,2,1024]")
    builder = with_event_log(builder, made(directory, "events"))
    for key, value in {**SETTINGS, **dict([QUICK_CHECKPOINTS, QUICK_EXECUTORS])}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    began = time.monotonic()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - began:.1f} s: {what}", file=sys.stderr, flush=True)

    app = Application(spark, directory)
    with neptune_spark.limit(target="10m"):
        stream = Stream(spark, made(directory, "stream"))

    def batches(count: int) -> None:
        with beside(app.jvm_batch):
            stream.advance(count)

    found = {}
    for name, advance, count, look in (
        ("jobs", app.jobs, 110, app.look),
        ("Python tasks", app.python_jobs, 80, app.look_at_workers),
        ("micro-batches", batches, 100, app.look),
        ("queries", app.queries, 15, app.look),
    ):
        # Whatever is made once; failed jobs have ended the Python workers.
        advance(count // 2)
        found[name] = app.grown(advance, count, look)
        tell(f"{name}: {found[name]}")
    stream.stop()
    print(json.dumps(found))
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
