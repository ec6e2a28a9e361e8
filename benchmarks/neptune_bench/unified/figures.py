"""What a run amounts to: latencies, the batch's work and what was thrown away of it. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from neptune_bench.harness import bootstrap
from neptune_bench.harness.bootstrap import Interval
from neptune_bench.harness.eventlog import Log, Task
from neptune_bench.harness.figures import percentile
from neptune_bench.harness.timeline import running_spans
from neptune_bench.unified.schedulers import (
    ALONE,
    BATCH,
    BATCH_ALONE,
    SCHEDULERS,
    STREAM,
    Scheduler,
)

ROUNDING_S: Final = 1e-3
"""An event that is due at the begin of what counts is in it."""
FEW_SAMPLES: Final = 100
"""Below so many a p99 is little more than the maximum."""


@dataclass(frozen=True)
class Measured:
    """What was measured in one run; times are in epoch seconds.

    Args:
        scheduler: who ordered the jobs.
        repeat: number of the round of runs.
        begin, end: the time that counts.
        cores: of all its applications.
        samples: (seconds from `begin` to its arrival, latency in ms) of each event.
        first_samples: the same of those that arrived before `begin`, while both sides warmed up.
        steps: (name, share of its work that was done between `begin` and `end`) of each step.
        step_core_s: (name, core-seconds of its tasks, those without a result included) of each.
        stream_core_s: core-seconds of the stream's tasks between `begin` and `end`.
        processor_s: processor time between `begin` and `end` of all processes on the tasks' cores;
            None where some of these are on other machines.
        driver_processor_s: that of the drivers, with all they have started.
        task_waits_ms: for each of the stream's tasks that were submitted from `begin` on, the time
            from the submission of its stage to its launch.
        suspensions: how often tasks were suspended, from the batch's begin to `end`.
        rerun: task attempts in that time that were not the first of their task.
        wasted_core_s: core-seconds of the batch's tasks in that time that gave no result.
        statistics: Neptune's own figures, None with stock Spark.
        phases_s: how long the phases of the (first) application took.
    """

    scheduler: Scheduler
    repeat: int
    begin: float
    end: float
    cores: int
    samples: list[tuple[float, float]]
    first_samples: list[tuple[float, float]]
    steps: list[tuple[str, float]]
    step_core_s: list[tuple[str, float]]
    stream_core_s: float
    processor_s: float | None
    driver_processor_s: float
    task_waits_ms: list[float]
    suspensions: int
    rerun: int
    wasted_core_s: float
    statistics: Mapping[str, Any] | None
    phases_s: Mapping[str, float]

    @property
    def all_core_s(self) -> float:
        """The core-seconds that there were."""
        return self.cores * (self.end - self.begin)

    @property
    def available_core_s(self) -> float:
        """The core-seconds that the stream left."""
        return self.all_core_s - self.stream_core_s

    @property
    def latencies_ms(self) -> list[float]:
        """The latencies, in the order of arrival."""
        return [latency_ms for _, latency_ms in self.samples]


def core_seconds(task: Task, begin: float = float("-inf"), end: float = float("inf")) -> float:
    """Return for how long `task` had a core between `begin` and `end`; it must have ended."""
    last = task.begin if task.end is None else task.end
    spans = running_spans(task, last)
    return sum(max(0.0, min(b, end) - max(a, begin)) for a, b, _ in spans)


def measured(
    scheduler: Scheduler,
    repeat: int,
    begin: float,
    end: float,
    answers: Sequence[Mapping[str, Any]],
    logs: Sequence[Log],
) -> Measured:
    """Return what was measured in a run (see `Measured`), from what its applications left."""
    tasks = [task for log in logs for task in log.tasks.values()]
    done = list(_steps(answers, tasks, begin, end))
    mine = [task for task in tasks if task.side == BATCH]
    found = [
        (sample["arrival"] - begin, sample["latency_ms"])
        for answer in answers
        for sample in answer["samples"]
    ]
    return Measured(
        scheduler=scheduler,
        repeat=repeat,
        begin=begin,
        end=end,
        cores=sum(log.cores for log in logs),
        samples=[sample for sample in found if sample[0] >= -ROUNDING_S],
        first_samples=[sample for sample in found if sample[0] < -ROUNDING_S],
        steps=[(name, inside / whole) for name, inside, whole in done],
        step_core_s=[(name, whole) for name, _, whole in done],
        stream_core_s=sum(core_seconds(t, begin, end) for t in tasks if t.side == STREAM),
        processor_s=_known_sum(answer["processor_s"] for answer in answers),
        driver_processor_s=sum(answer["driver_processor_s"] for answer in answers),
        task_waits_ms=[
            1000 * (task.begin - task.submitted)
            for task in tasks
            if task.side == STREAM and task.submitted is not None and task.submitted >= begin
        ],
        suspensions=sum(begin <= at < end for task in mine for at, _ in task.suspended),
        rerun=sum(task.attempt > 0 and begin <= task.begin < end for task in mine),
        wasted_core_s=sum(core_seconds(task, begin, end) for task in mine if task.failed),
        statistics=next((a["statistics"] for a in answers if a["statistics"]), None),
        phases_s=answers[0]["phases_s"],
    )


def _known_sum(values: Iterable[float | None]) -> float | None:
    """Return the sum of values; None if one is not known."""
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _steps(
    answers: Sequence[Mapping[str, Any]], tasks: Sequence[Task], begin: float, end: float
) -> Iterable[tuple[str, float, float]]:
    """Yield each step's name, and its tasks' core-seconds: from `begin` to `end`, and all."""
    of_step: dict[str, list[Task]] = {}
    for task in tasks:
        if task.side == BATCH:
            of_step.setdefault(task.step, []).append(task)
    for answer in answers:
        for step in answer["steps"]:
            mine = of_step.get(step["key"], [])
            whole = sum(map(core_seconds, mine))
            if whole > 0:
                yield step["name"], sum(core_seconds(t, begin, end) for t in mine), whole


def costs(runs: Sequence[Measured]) -> dict[str, float]:
    """Return what each step costs, in core-seconds: the median of the batch alone, if that ran."""
    alone = [run for run in runs if run.scheduler.name == BATCH_ALONE]
    found: dict[str, list[float]] = {}
    for run in alone or [run for run in runs if run.scheduler.has_batch]:
        for name, cost in run.step_core_s:
            found.setdefault(name, []).append(cost)
    return {name: statistics.median(values) for name, values in found.items()}


def work(run: Measured, cost: Mapping[str, float]) -> float:
    """Return the batch's work between begin and end, in core-seconds as `cost` has them.

    A step counts by what it costs when the batch is alone, whatever it took here. One that began
    before that time, or ended after it, counts by the share of its own core-seconds within.
    A step whose cost is not known counts by the core-seconds that it took.
    """
    own = dict(run.step_core_s)
    return sum(share * cost.get(name, own[name]) for name, share in run.steps)


@dataclass(frozen=True)
class Spread:
    """A figure in repeated runs: the median, the least, the greatest."""

    median: float
    least: float
    greatest: float


def spread(values: Iterable[float]) -> Spread | None:
    """Return the spread of `values`; None if there are none."""
    found = list(values)
    return Spread(statistics.median(found), min(found), max(found)) if found else None


@dataclass(frozen=True)
class Row:
    """One scheduler's figures over its runs; None where it has no such side.

    Args:
        scheduler: which.
        runs: how many.
        samples: events, in all runs.
        least_samples: in the run that has the fewest: a percentile is of one run.
        least_moments: at how many different moments these arrived.
        p50_ms, p99_ms, max_ms: latency of the stream.
        p50_interval, p99_interval: where these lie (see `harness.bootstrap`).
        first_p50_ms, first_max_ms: latency of those that arrived during the warm-up of both sides.
        wait_p50_ms, wait_p99_ms: for how long the stream's tasks waited for a core.
        p50_over_alone, p99_over_alone: over that of the stream alone in the same round.
        p50_over_alone_interval, p99_over_alone_interval: where these lie.
        throughput: the batch's work, over that of the batch alone in the same round.
        efficiency: the batch's work per core-second that the stream left, over that of the batch
            alone in the same round.
        processor_efficiency: the batch's work per core-second that all processes of the stream
            alone left in the same round, over that of the batch alone.
        suspensions, rerun, wasted_core_s: see `Measured`.
        stream_share: core-seconds of the stream's tasks, over all.
    """

    scheduler: Scheduler
    runs: int
    samples: int
    least_samples: int
    least_moments: int
    p50_ms: Spread | None
    p99_ms: Spread | None
    max_ms: Spread | None
    p50_interval: Interval | None
    p99_interval: Interval | None
    first_p50_ms: Spread | None
    first_max_ms: Spread | None
    wait_p50_ms: Spread | None
    wait_p99_ms: Spread | None
    p50_over_alone: Spread | None
    p99_over_alone: Spread | None
    p50_over_alone_interval: Interval | None
    p99_over_alone_interval: Interval | None
    throughput: Spread | None
    efficiency: Spread | None
    processor_efficiency: Spread | None
    suspensions: Spread | None
    rerun: Spread | None
    wasted_core_s: Spread | None
    stream_share: Spread | None

    @property
    def few(self) -> bool:
        """Whether a p99 is from too few moments in some run."""
        return self.least_moments < FEW_SAMPLES


def rows(runs: Sequence[Measured]) -> list[Row]:
    """Return a row for each scheduler, in the order in which `SCHEDULERS` has them."""
    cost = costs(runs)
    by_name = {
        name: [run for run in runs if run.scheduler.name == name]
        for name in SCHEDULERS
        if any(run.scheduler.name == name for run in runs)
    }
    alone = {run.repeat: run for run in by_name.get(ALONE, [])}
    batch = {run.repeat: run for run in by_name.get(BATCH_ALONE, [])}
    return [_row(mine, alone, batch, cost) for mine in by_name.values()]


def _row(
    runs: Sequence[Measured],
    alone: Mapping[int, Measured],
    batch: Mapping[int, Measured],
    cost: Mapping[str, float],
) -> Row:
    with_samples = [run for run in runs if run.samples]
    with_batch = [run for run in runs if run.scheduler.has_batch]

    def latency(q: float) -> Spread | None:
        return spread(percentile(run.latencies_ms, q) for run in with_samples)

    def wait(q: float) -> Spread | None:
        return spread(percentile(run.task_waits_ms, q) for run in runs if run.task_waits_ms)

    def over_alone(q: float) -> Spread | None:
        return spread(
            percentile(run.latencies_ms, q) / percentile(alone[run.repeat].latencies_ms, q)
            for run in with_samples
            if run.repeat in alone and alone[run.repeat].samples
        )

    def interval(q: float) -> Interval | None:
        return bootstrap.percentile([run.samples for run in with_samples], q)

    def ratio_interval(q: float) -> Interval | None:
        beside = [
            (run.samples, alone[run.repeat].samples) for run in with_samples if run.repeat in alone
        ]
        return bootstrap.ratio(beside, q)

    firsts = [[ms for _, ms in run.first_samples] for run in runs if run.first_samples]
    paired = [(run, batch[run.repeat]) for run in with_batch if run.repeat in batch]
    paired = [(run, base) for run, base in paired if work(base, cost) > 0]
    return Row(
        scheduler=runs[0].scheduler,
        runs=len(runs),
        samples=sum(len(run.samples) for run in runs),
        least_samples=min((len(run.samples) for run in with_samples), default=0),
        least_moments=min((bootstrap.moments(run.samples) for run in with_samples), default=0),
        p50_ms=latency(50),
        p99_ms=latency(99),
        max_ms=latency(100),
        p50_interval=interval(50),
        p99_interval=interval(99),
        first_p50_ms=spread(percentile(first, 50) for first in firsts),
        first_max_ms=spread(map(max, firsts)),
        wait_p50_ms=wait(50),
        wait_p99_ms=wait(99),
        p50_over_alone=over_alone(50),
        p99_over_alone=over_alone(99),
        p50_over_alone_interval=ratio_interval(50),
        p99_over_alone_interval=ratio_interval(99),
        throughput=spread(work(run, cost) / work(base, cost) for run, base in paired),
        efficiency=spread(per_core_s(run, cost) / per_core_s(base, cost) for run, base in paired),
        processor_efficiency=spread(
            work(run, cost) / work(base, cost) * run.all_core_s / left
            for run, base in paired
            if run.scheduler.has_stream and run.repeat in alone
            if (used := alone[run.repeat].processor_s) is not None
            and (left := run.all_core_s - used) > 0
        ),
        suspensions=spread(float(run.suspensions) for run in with_batch),
        rerun=spread(float(run.rerun) for run in with_batch),
        wasted_core_s=spread(run.wasted_core_s for run in with_batch),
        stream_share=spread(
            run.stream_core_s / run.all_core_s for run in runs if run.scheduler.has_stream
        ),
    )


def per_core_s(run: Measured, cost: Mapping[str, float]) -> float:
    """Return the batch's work per core-second that the stream left to it (0 if it left none)."""
    return work(run, cost) / run.available_core_s if run.available_core_s > 0 else 0.0
