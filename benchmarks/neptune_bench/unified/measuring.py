"""Makes all runs of a workload, and checks what they answered."""

from __future__ import annotations

import dataclasses
import itertools
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack

from neptune_bench.harness.measuring import Measuring, measuring
from neptune_bench.unified import figures, runner
from neptune_bench.unified.plan import Plan, shared
from neptune_bench.unified.result import Result
from neptune_bench.unified.runner import Run
from neptune_bench.unified.workload import Answers, Workload


def order(plan: Plan, repeat: int) -> list[str]:
    """Return the names of the schedulers of a round, shuffled by the plan's seed."""
    names = list(plan.schedulers)
    random.Random(f"{plan.seed}:order:{repeat}").shuffle(names)
    return names


def measure(workload: Workload, plans: Sequence[Plan]) -> list[tuple[Result, list[Run]]]:
    """Make all runs of some plans on the same data, and check their answers.

    Args:
        workload: what runs.
        plans: with the same data, master and number of rounds; each round has all of them.

    Returns:
        For each plan, what it found, and its runs.

    Raises:
        BenchmarkError: if something that is needed is missing, a run fails, or an answer is wrong.
    """
    for plan in plans:
        for name in plan.schedulers:
            # Better now than after an hour.
            shared(plan, len(workload.schedulers[name].applications))
    began = time.monotonic()
    with measuring(workload.name, plans[0]) as bench, ExitStack() as stack:
        ours = [dataclasses.replace(plan, **bench.changed) for plan in plans]
        with bench.stage("preparation"):
            stack.enter_context(workload.prepare(bench.plan, bench.directory, bench.show))
        runs = _all_runs(workload, ours, bench)
        with bench.stage("answers"):
            checked = [
                workload.check(plan, bench.directory, [answers(run) for run in mine])
                for plan, mine in zip(ours, runs, strict=True)
            ]
    where = bench.where(runs[0][0].answers[0]["versions"], workload.packages(plans[0]))
    seconds = time.monotonic() - began
    results = []
    for plan, mine, said in zip(plans, runs, checked, strict=True):
        found = [
            figures.measured(r.scheduler, r.repeat, r.begin, r.end, r.answers, r.logs) for r in mine
        ]
        made = Result(workload, plan, *where, said, found, seconds)
        results.append((made, mine))
    return results


def answers(run: Run) -> Answers:
    """Return what the applications of a run computed."""
    streams = [a["stream_answer"] for a in run.answers if a["stream_answer"] is not None]
    batch = {name: found for a in run.answers for name, found in a["batch_answers"].items()}
    return Answers(run.where, streams[0] if streams else None, batch)


def _all_runs(workload: Workload, plans: Sequence[Plan], bench: Measuring[Plan]) -> list[list[Run]]:
    """Make the runs, round by round; return those of each plan."""
    runs: list[list[Run]] = [[] for _ in plans]
    total = sum(plan.repeat * len(plan.schedulers) for plan in plans)
    numbers = itertools.count(1)
    for repeat in range(plans[0].repeat):
        for plan, mine in zip(plans, runs, strict=True):
            for name in order(plan, repeat):
                with bench.stage(f"{next(numbers)}/{total} {name}"):
                    scheduler = workload.schedulers[name]
                    mine.append(runner.run(scheduler, repeat, plan, bench.directory, bench.heard))
    return runs
