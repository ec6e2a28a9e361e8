"""Checks that every run gave the same, right answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from neptune_bench.demo.events import Answer
from neptune_bench.demo.plan import DemoError
from neptune_bench.harness.answers import Row, equal_rows

Answers = Mapping[str, Sequence[Row]]


def check_stream(scheduler: str, rows: Sequence[Sequence[int]], want: Answer) -> None:
    """Check a stream's final aggregates, rows (window, key, events, total), against `want`.

    Raises:
        DemoError: naming the first group that differs.
    """
    got = {(row[0], row[1]): (row[2], row[3]) for row in rows}
    for group in sorted(got.keys() | want.keys()):
        if got.get(group) != want.get(group):
            raise DemoError(
                f"The {scheduler} run's stream is wrong: window {group[0]}, key {group[1]} has "
                f"(events, total) {got.get(group)} where plain Python counts {want.get(group)}."
            )


def check_batch(answers: Mapping[str, Answers]) -> None:
    """Check that the batch gave the same answers in every run.

    Args:
        answers: the rows of each step (query or training round), by scheduler.

    Raises:
        DemoError: naming the first step that differs, and the two runs.
    """
    if not answers:
        return
    first, *others = answers
    for other in others:
        for step in answers[first].keys() | answers[other].keys():
            if not equal_rows(answers[first].get(step, []), answers[other].get(step, [])):
                raise DemoError(
                    f"The batch's {step} gave one answer in the {first} run and another in the "
                    f"{other} run."
                )
