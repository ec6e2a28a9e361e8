"""Events, what they add up to, and the comparison of answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neptune_bench.demo import check, events
from neptune_bench.demo.plan import DemoError, Places, Plan
from neptune_bench.harness.arrivals import arrival_offsets


def test_events_depend_on_seed_and_file_only() -> None:
    once = list(events.file_events(7, 3, 50))
    assert once == list(events.file_events(7, 3, 50))
    assert once != list(events.file_events(8, 3, 50))
    assert {event.seq for event in once} == {3}


def test_expected_is_what_the_files_hold(tmp_path: Path) -> None:
    events.write_files(7, 40, 10, tmp_path)
    rows = [
        json.loads(line)
        for seq in range(40)
        for line in (tmp_path / events.file_name(seq)).read_text().splitlines()
    ]
    want = events.expected(7, 40, 10)
    assert len(rows) == sum(count for count, _ in want.values()) == 400
    assert sum(row["value"] for row in rows) == sum(total for _, total in want.values())
    assert {group[0] for group in want} == {row["ts"] - row["ts"] % 10 for row in rows}


def test_arrivals_ascend_each_in_its_slot() -> None:
    offsets = arrival_offsets(7, 100, 0.4)
    assert offsets == sorted(offsets)
    assert [int(at / 0.4) for at in offsets] == list(range(100))
    assert offsets == arrival_offsets(7, 100, 0.4)


def test_right_aggregates_pass_and_wrong_ones_are_named() -> None:
    want = events.expected(7, 5, 20)
    rows = [[*group, *values] for group, values in want.items()]
    check.check_stream("fifo", rows, want)
    with pytest.raises(DemoError, match="fifo run's stream is wrong"):
        check.check_stream("fifo", rows[1:], want)
    rows[0][3] += 1
    with pytest.raises(DemoError, match=f"key {rows[0][1]} "):
        check.check_stream("fifo", rows, want)


def test_batch_answers_that_differ_are_named() -> None:
    same = {"q1": [[1, 2.0]], "training 1": [[0.5]]}
    check.check_batch({})
    check.check_batch({"fifo": same, "fair": dict(same)})
    for other in ({**same, "q1": [[1, 2.1]]}, {"training 1": [[0.5]]}):
        with pytest.raises(DemoError, match=r"q1 .* fifo .* fair"):
            check.check_batch({"fifo": same, "fair": other})


def test_plan_and_places_survive_their_files(tmp_path: Path) -> None:
    plan = Plan(seed=9, queries=("q6",))
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == plan
    places = Places(*"abcdefg")
    places.save(tmp_path / "places.json")
    assert Places.load(tmp_path / "places.json") == places
