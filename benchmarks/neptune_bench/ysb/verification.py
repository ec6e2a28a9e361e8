"""Compares what the runs computed with what was computed without Spark. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified.workload import Answers
from neptune_bench.ysb.events import Counts


def check_counts(run: Answers, want: Counts) -> None:
    """Raise BenchmarkError if a run's stream has not the views that it should have."""
    found = {(campaign, begin_ms): views for campaign, begin_ms, views in run.stream}
    for window in sorted(want.keys() | found.keys()):
        if found.get(window) != want.get(window):
            campaign, begin_ms = window
            raise BenchmarkError(
                f"In the run {run.where} the window of {campaign} that begins at {begin_ms} ms has "
                f"{found.get(window, 0)} views instead of {want.get(window, 0)}."
            )


def check_steps(
    answers: Sequence[Answers],
    want: Mapping[str, Any],
    equal: Callable[[Any, Any], bool],
) -> None:
    """Raise BenchmarkError if a step of a batch has not the answer that it should have.

    Args:
        answers: of the runs.
        want: the right answer of each step.
        equal: whether two answers are equal.
    """
    for run in answers:
        for name, every in run.batch.items():
            if not all(equal(answer, want[name]) for answer in every):
                raise BenchmarkError(f"The answer to {name} in the run {run.where} is wrong.")
