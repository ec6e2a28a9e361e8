"""Makes all runs of a workload, and checks what they answered."""

from __future__ import annotations

import dataclasses
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from neptune_bench.harness import layout, machine
from neptune_bench.harness.progress import Progress
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
    load_before = machine.load_before()
    began = time.monotonic()
    progress = Progress()
    with (
        tempfile.TemporaryDirectory(
            prefix=f"{workload.name}-", ignore_cleanup_errors=True
        ) as directory,
        layout.laid_out(plans[0], Path(directory) / "cluster") as (changed, check),
    ):
        data = Path(directory)
        # Not what goes to the result: the cluster's port is another one each time.
        ours = [dataclasses.replace(plan, **changed) for plan in plans]

        def show(what: str) -> None:
            progress.update({"stage": what})

        progress.start("preparation")
        with workload.prepare(ours[0], data, show):
            progress.finish()
            runs = _all_runs(workload, ours, data, progress, check)
            progress.start("answers")
            checked = [
                workload.check(plan, data, [answers(run) for run in mine])
                for plan, mine in zip(ours, runs, strict=True)
            ]
            progress.finish()
    used = machine.packages(workload.packages(plans[0]))
    versions = {**runs[0][0].answers[0]["versions"], **used}
    seconds = time.monotonic() - began
    where = {**machine.machine(), **layout.facts(plans[0])}
    results = []
    for plan, mine, said in zip(plans, runs, checked, strict=True):
        found = [
            figures.measured(r.scheduler, r.repeat, r.begin, r.end, r.answers, r.logs) for r in mine
        ]
        made = Result(workload, plan, where, versions, load_before, said, found, seconds)
        results.append((made, mine))
    return results


def answers(run: Run) -> Answers:
    """Return what the applications of a run computed."""
    streams = [a["stream_answer"] for a in run.answers if a["stream_answer"] is not None]
    batch = {name: found for a in run.answers for name, found in a["batch_answers"].items()}
    return Answers(run.where, streams[0] if streams else None, batch)


def _all_runs(
    workload: Workload,
    plans: Sequence[Plan],
    data: Path,
    progress: Progress,
    check: Callable[[], None],
) -> list[list[Run]]:
    """Make the runs, round by round; return those of each plan."""

    heard = layout.heeding(check, progress)
    runs: list[list[Run]] = [[] for _ in plans]
    total = sum(plan.repeat * len(plan.schedulers) for plan in plans)
    done = 0
    for repeat in range(plans[0].repeat):
        for plan, mine in zip(plans, runs, strict=True):
            for name in order(plan, repeat):
                done += 1
                progress.start(f"{done}/{total} {name}")
                check()
                mine.append(runner.run(workload.schedulers[name], repeat, plan, data, heard))
                progress.finish()
    return runs
