"""The application that `neptune-spark doctor` submits, on one core.

It runs a low job of each kind, has a high job come, and says what became of the low one's task: one
line for each check, which begins with `MARK`. Nothing in it depends on how fast the machine is: a
low job that ended too early is run again, a longer one.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Before what the application says.
MARK = "neptune-doctor: "

_LIMIT_S = 90.0
_LOOK_S = 0.01
_LOW, _HIGH = "low", "high"
_FIRST_ROWS = {"JVM task": 1 << 27, "Python task": 1 << 21}
_GROWTH = 8
_ATTEMPTS = 6
_DIVISOR = 11


class Trouble(Exception):
    """Something did not go as it should; the message says what."""


def tell(name: str, passed: bool, text: str) -> None:
    """Say what came of one check."""
    print(MARK + json.dumps({"name": name, "passed": passed, "text": text}), flush=True)


def sentence(error: BaseException) -> str:
    """Return the one line of an error that says most, without stack traces of either language."""
    java: Any = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    text = str(java.getMessage()) if java is not None else str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        head = line.split(" ", 1)[0]
        if head.endswith(("Error:", "Exception:")) and "Traceback" not in line:
            return line
    return lines[0] if lines else repr(error)


class Job:
    """A job that runs in a thread of its own at a priority.

    Parameters
    ----------
    level : str
        The priority.
    act : Callable[[], int]
        Runs it, and returns its answer.
    """

    def __init__(self, level: str, act: Callable[[], int]) -> None:
        from pyspark import InheritableThread

        from neptune_spark._priority import priority

        self._answer: int | None = None
        self._error: BaseException | None = None

        def run() -> None:
            try:
                with priority(level):
                    self._answer = act()
            except BaseException as e:
                self._error = e

        self._thread = InheritableThread(target=run, daemon=True)
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether there is an answer or an error."""
        return not self._thread.is_alive()

    def answer(self) -> int:
        """Wait for the answer.

        Raises
        ------
        Trouble
            When there is none in time.
        """
        self._thread.join(_LIMIT_S)
        if self._thread.is_alive():
            raise Trouble(f"a job did not end within {_LIMIT_S:.0f} s")
        if self._error is not None:
            raise self._error
        assert self._answer is not None
        return self._answer


class Trial:
    """Suspensions in one session.

    Parameters
    ----------
    spark : SparkSession
        A session with Neptune, of one core.
    """

    def __init__(self, spark: SparkSession) -> None:
        from neptune_spark._scheduler_of import scheduler

        self._spark = spark
        self._scheduler = scheduler(spark)

    def workers(self) -> str:
        """Wait for an executor, and say which Python its workers run.

        Raises
        ------
        Trouble
            When none takes a task in time, or its package is another one than ours.
        """
        from neptune_spark._version import __version__

        def describe(_: int) -> tuple[str, str]:
            from neptune_spark._version import __version__ as version

            return ".".join(map(str, sys.version_info[:3])), version

        found: list[tuple[str, str]] = []
        one = self._spark.sparkContext.parallelize([0], 1)

        def run() -> int:
            found.extend(one.map(describe).collect())
            return len(found)

        job = Job(_HIGH, run)
        end_s = time.monotonic() + _LIMIT_S
        while not job.has_ended:
            if time.monotonic() > end_s:
                raise Trouble(
                    f"no executor has run a task within {_LIMIT_S:.0f} s: see whether the master "
                    "has a worker with a free core and 512 MiB of memory, and what its log says"
                )
            time.sleep(_LOOK_S)
        job.answer()
        ((python, version),) = found
        if version != __version__:
            raise Trouble(
                f"an executor's Python has neptune_spark {version}, but this is {__version__}: "
                "install the same version on all machines"
            )
        return python

    def of(self, kind: str) -> str:
        """Have a task of one kind suspended by a higher job, and say how that went.

        Parameters
        ----------
        kind : str
            "JVM task" or "Python task".

        Raises
        ------
        Trouble
            When it was not suspended, or its answer is wrong.
        """
        run = {"JVM task": self._sum_in_jvm, "Python task": self._sum_in_python}[kind]
        rows = _FIRST_ROWS[kind]
        overdue = 0
        for _ in range(_ATTEMPTS):
            before = self._scheduler.statistics()
            low = Job(_LOW, lambda rows=rows: run(rows))  # type: ignore[misc]  # bound now
            self._wait_until_it_runs(low)
            if Job(_HIGH, lambda: run(_DIVISOR)).answer() != _sum(_DIVISOR):
                raise Trouble("the high-priority job's answer is wrong")
            if low.answer() != _sum(rows):
                raise Trouble("the suspended job's answer is wrong")
            after = self._scheduler.statistics()
            if after.overdue > before.overdue:
                overdue += 1
            elif after.suspend_latency.count > before.suspend_latency.count:
                return "suspended for a high-priority job, resumed, and its answer is right"
            else:
                rows *= _GROWTH
        if overdue:
            raise Trouble(
                f"its core was lent, but {overdue} times it had not stopped within "
                "spark.neptune.suspendTimeout; lines with Neptune in the executor's log may say why"
            )
        raise Trouble("no high-priority job suspended it; each ran after it")

    def _wait_until_it_runs(self, job: Job) -> None:
        end_s = time.monotonic() + _LIMIT_S
        while not job.has_ended:
            if any(t.priority < 0 and t.state == "running" for t in self._scheduler.tasks()):
                break
            if time.monotonic() > end_s:
                raise Trouble(f"a job's task did not start within {_LIMIT_S:.0f} s")
            time.sleep(_LOOK_S)

    def _sum_in_jvm(self, rows: int) -> int:
        row = self._spark.range(0, rows, 1, 1).selectExpr(f"sum(id % {_DIVISOR})").first()
        assert row is not None
        return int(row[0])

    def _sum_in_python(self, rows: int) -> int:
        divisor = _DIVISOR

        def total(count: int) -> int:
            return sum(i % divisor for i in range(count))

        return int(self._spark.sparkContext.parallelize([rows], 1).map(total).collect()[0])


def _sum(rows: int) -> int:
    """Return the sum of i % _DIVISOR for all i below `rows`."""
    whole, rest = divmod(rows, _DIVISOR)
    return whole * sum(range(_DIVISOR)) + sum(range(rest))


def main() -> None:
    """Run all, and say what came of it."""
    name, spark = "session", None
    try:
        from neptune_spark._start.session import builder

        spark = builder().getOrCreate()
        trial = Trial(spark)
        python = trial.workers()
        tell(name, True, f"Spark {spark.version} on {spark.sparkContext.master}, Python {python}")
    except Exception as e:
        tell(name, False, sentence(e))
    else:
        for name in _FIRST_ROWS:
            try:
                tell(name, True, trial.of(name))
            except Exception as e:
                tell(name, False, sentence(e))
    if spark is not None:
        spark.stop()


if __name__ == "__main__":
    main()
