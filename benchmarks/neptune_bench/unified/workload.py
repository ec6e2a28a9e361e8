"""The interface of a workload: a stream side, a batch side, and the data that both read.

A workload is a package ``neptune_bench.NAME`` with a module ``workload`` that has one object
WORKLOAD, and a ``__main__`` of one line (see ``README.md``). Its methods run in two kinds of
processes: `Workload.prepare` and `Workload.check` in the benchmark's own, the rest in the driver of
each run.
"""

from __future__ import annotations

import argparse
import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyspark.sql import SparkSession

from neptune_bench.harness import sessions
from neptune_bench.harness.answers import equal_answers
from neptune_bench.harness.eventlog import SIDE_PROPERTY
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.schedulers import SCHEDULERS, STREAM, Scheduler

REQUESTS: Final = "requests"
QUERY: Final = "query"
"""Kinds of streams: short jobs at random times; a streaming query, which may fill the cores."""

Show = Callable[[str], None]
"""Shows what is being done, in a few words."""


@dataclass(frozen=True)
class Application:
    """The driver process of a run, as its sides see it.

    Args:
        spark: its session; make a `newSession()` for settings and views of your own.
        plan: sizes and times.
        scheduler: who orders the jobs.
        data: what `Workload.prepare` wrote.
        fast: an empty directory of this run, in memory if possible: for checkpoints and events.
    """

    spark: SparkSession
    plan: Plan
    scheduler: Scheduler
    data: Path
    fast: Path

    @property
    def cores(self) -> int:
        """The cores of this application."""
        return self.spark.sparkContext.defaultParallelism

    @contextmanager
    def as_stream(self) -> Iterator[None]:
        """Have this thread's jobs be the stream's, and what it starts meanwhile.

        That is: streaming queries, and each `pyspark.InheritableThread`. Their pool is the stream's
        under FAIR, their priority high under Neptune if the scheduler declares it.
        """
        context = self.spark.sparkContext
        context.setLocalProperty(SIDE_PROPERTY, STREAM)
        if self.scheduler.fair:
            sessions.set_pool(self.spark, sessions.STREAM_POOL)
        try:
            with self._priority():
                yield
        finally:
            sessions.set_pool(self.spark, None)
            # Spark forgets a local property that is null; PySpark's hints do not know it.
            none: Any = None
            context.setLocalProperty(SIDE_PROPERTY, none)

    def _priority(self) -> AbstractContextManager[None]:
        if self.scheduler.neptune is None or not self.scheduler.declares:
            return nullcontext()
        # Only here: the stock runs must not need the package at all.
        import neptune_spark

        return neptune_spark.priority("high")


@dataclass(frozen=True)
class Sample:
    """One event (or file of events, window, request): arrival in epoch seconds, and latency."""

    arrival: float
    latency_ms: float


class StreamSide(ABC):
    """The latency-sensitive side; made within `Application.as_stream`, as are all calls to it."""

    @abstractmethod
    def warm_up(self) -> None:
        """Start, and do a little of what will be measured, until the code is warm."""

    @abstractmethod
    def begin(self, start: float) -> None:
        """Have events arrive from `start` (epoch s) on, for the plan's `stream_s`; return at once.

        That `start` lies a little in the future. Arrivals must depend on the plan only, never on
        how fast they are answered.
        """

    @abstractmethod
    def check(self) -> None:
        """Raise BenchmarkError if the stream has failed; called now and then while it runs."""

    @abstractmethod
    def end(self) -> None:
        """Wait until every event that has arrived is answered, and stop."""

    @abstractmethod
    def samples(self) -> list[Sample]:
        """Return the latency of every event since `begin`; called after `end`."""

    @abstractmethod
    def answer(self) -> object:
        """Return what the stream computed, as JSON holds it; called after `end`."""


Work = Callable[[], object]
"""A piece of the batch's work; returns its answer, as JSON holds it."""


class BatchSide(ABC):
    """The latency-tolerant side: work without end, in steps of some seconds at most.

    Or a fixed amount of it, which every run does: then `steps` says of how many.
    """

    #: How many steps all threads have together; None if they have no end.
    steps: int | None = None

    @abstractmethod
    def warm_up(self) -> None:
        """Do a little of what will be measured."""

    @abstractmethod
    def threads(self) -> Sequence[Iterator[tuple[str, Work]]]:
        """Return for each thread its steps, (name, work).

        The framework calls the work, one step after the other, and stops asking when the time is
        over, if there is no end to them. Steps of one name are the same work, and must have the
        same answer in every run. Together the threads should always want all cores.
        """


@dataclass(frozen=True)
class Answers:
    """What a run computed.

    Args:
        where: the run, as an error names it.
        stream: `StreamSide.answer`; None if there was no stream.
        batch: the different answers of each step's name; most have one, floats may differ in their
            last digits.
    """

    where: str
    stream: Any
    batch: Mapping[str, Sequence[Any]]


class Workload(ABC):
    """A stream and a batch, and the data of both."""

    #: Name of its package.
    name: str
    #: What it is, in one line.
    title: str
    #: What `Plan.scale` counts, what an event is, and what a step is, in a few words.
    scale_unit: str
    event_unit: str
    step_unit: str
    #: When events arrive, in a few words. They do whether or not earlier ones have been answered,
    #: which is an open loop; each thread of the batch is a closed one.
    arrivals: str
    #: REQUESTS or QUERY: what its bars are.
    stream_kind: str = QUERY
    #: Classes of its sides, or what else makes them.
    stream: Callable[[Application], StreamSide]
    batch: Callable[[Application], BatchSide]
    #: What orders the jobs in its runs, by the names on the command line.
    schedulers: Mapping[str, Scheduler] = SCHEDULERS

    @abstractmethod
    def plan(self, quick: bool) -> Plan:
        """Return the plan that the command line changes; a `quick` one takes a minute in all.

        Its master is replaced by one of this machine's size.
        """

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:  # noqa: B027  # may be empty
        """Add arguments of its own; each becomes an entry of `Plan.options`, by its `dest`."""

    def settings(self, plan: Plan) -> Mapping[str, str]:
        """Return further Spark settings, the same for every scheduler."""
        return {}

    def servers(self, plan: Plan) -> Sequence[str]:
        """Return what `prepare` runs beside Spark, as a sentence has it ("Redis")."""
        return ()

    def packages(self, plan: Plan) -> Sequence[str]:
        """Return the packages that it uses beside Spark and Neptune, as pip names them."""
        return ()

    @abstractmethod
    def prepare(self, plan: Plan, directory: Path, show: Show) -> AbstractContextManager[None]:
        """Write what the runs read into `directory`, and start what they need beside it.

        Raises:
            BenchmarkError: if something that is needed is missing: what, and how to get it.
        """

    def check(self, plan: Plan, directory: Path, answers: Sequence[Answers]) -> str:
        """Check what the runs computed, against one another and against an independent source.

        Returns:
            One sentence that says what was checked.

        Raises:
            BenchmarkError: naming the first answer that is wrong, and its run.
        """
        equal_steps(answers)
        return "The batch's steps gave the same answers in all runs."


def equal_steps(answers: Sequence[Answers]) -> None:
    """Check that steps of one name had the same answer, wherever they ran.

    Raises:
        BenchmarkError: naming the first step that had not.
    """
    first: dict[str, tuple[str, Any]] = {}
    for run in answers:
        for step, found in run.batch.items():
            for answer in found:
                where, want = first.setdefault(step, (run.where, answer))
                if not equal_answers(want, answer):
                    raise BenchmarkError(
                        f"The batch's {step} gave one answer in the run {where} and another in the "
                        f"run {run.where}."
                    )


def check_groups(run: Answers, want: Mapping[tuple[Any, Any], tuple[int, ...]]) -> None:
    """Check the figures that a stream has for each group against those of plain Python.

    Args:
        run: its stream's answer is rows of the two keys of a group, and its figures.
        want: the figures of each group.

    Raises:
        BenchmarkError: naming the first group that differs.
    """
    found = {(one, other): tuple(figures) for one, other, *figures in run.stream}
    for group in sorted(want.keys() | found.keys()):
        if found.get(group) != want.get(group):
            raise BenchmarkError(
                f"In the run {run.where} the stream has {found.get(group)} for {group}, where "
                f"plain Python counts {want.get(group)}."
            )


def find(name: str) -> Workload:
    """Return the workload of the package `name`."""
    found: Workload = importlib.import_module(f"neptune_bench.{name}.workload").WORKLOAD
    return found
