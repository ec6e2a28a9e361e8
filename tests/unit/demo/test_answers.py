"""Events, and what they add up to."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from neptune_bench.demo import events, stream
from neptune_bench.demo.workload import WORKLOAD
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified.workload import Answers

PLAN = WORKLOAD.plan(quick=True)


def test_events_depend_on_seed_and_file_only() -> None:
    once = list(events.file_events(7, 3, 50))
    assert once == list(events.file_events(7, 3, 50))
    assert once != list(events.file_events(8, 3, 50))
    assert {event["seq"] for event in once} == {3}


def test_expected_is_what_the_files_hold(tmp_path: Path) -> None:
    files = stream.files(dataclasses.replace(PLAN, duration_s=9.25), tmp_path)
    assert len(files) == 40
    files.write(lambda number: events.file_events(7, number, 10))
    rows = files.read()
    want = events.expected(7, 40, 10)
    assert len(rows) == sum(count for count, _ in want.values()) == 400
    assert sum(row["value"] for row in rows) == sum(total for _, total in want.values())
    assert {group[0] for group in want} == {row["ts"] - row["ts"] % 10 for row in rows}


def test_answers_that_are_wrong_or_differ_are_named(tmp_path: Path) -> None:
    count = len(stream.files(PLAN, tmp_path))
    want = events.expected(PLAN.seed, count, PLAN.options["events_per_file"])
    rows = [[*group, *values] for group, values in want.items()]
    same: dict[str, list[Any]] = {"q1": [[[1, 2.0]]], "training 1": [[0.5]]}
    right = [Answers("alone", rows, {}), Answers("fifo", rows, same), Answers("fair", rows, same)]
    assert "gave the same answers" in WORKLOAD.check(PLAN, tmp_path, right)
    wrong = [
        (Answers("fair", rows[1:], same), "run fair the stream has None"),
        (Answers("fair", rows, {**same, "q1": [[[1, 2.1]]]}), r"q1 .* fifo .* fair"),
        (Answers("fair", rows, {**same, "training 1": [[0.6]]}), r"training 1 .* fifo .* fair"),
    ]
    for answers, problem in wrong:
        with pytest.raises(BenchmarkError, match=problem):
            WORKLOAD.check(PLAN, tmp_path, [*right[:2], answers])
