"""Bars on lanes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neptune_bench.harness import eventlog, timeline
from neptune_bench.harness.eventlog import Log, Task
from neptune_bench.harness.timeline import Bar, Span, place


def task(number: int, begin: float = 0.0, end: float | None = 1.0) -> Task:
    return Task(number, "sql", 0, begin, end)


def brief(bars: list[Bar]) -> list[tuple[int, float, float, int]]:
    return [(bar.task_id, bar.begin, bar.end, bar.lane) for bar in bars]


def test_a_suspended_task_gives_its_lane_away_and_comes_back_to_it() -> None:
    batch = [task(1, 0, 10), task(2, 0, 10)]
    batch[1].suspended = [(3, 5)]
    stream = Task(3, eventlog.STREAM, 0, 3, 5)
    built = timeline.build(Log(2, {t.task_id: t for t in [*batch, stream]}), 0, 20)
    assert brief(built.running) == [(1, 0, 10, 0), (2, 0, 3, 1), (3, 3, 5, 1), (2, 5, 10, 1)]
    assert brief(built.suspended) == [(2, 3, 5, 0)]
    assert built.suspended_lanes == 1


def test_a_task_killed_while_suspended_leaves_no_running_bar_behind() -> None:
    killed = task(1, 0, 8)
    killed.suspended = [(2, None)]
    built = timeline.build(Log(1, {1: killed}), 0, 20)
    assert brief(built.running) == [(1, 0, 2, 0)]
    assert brief(built.suspended) == [(1, 2, 8, 0)]


def test_bars_are_clipped_to_the_window() -> None:
    log = Log(1, {1: task(1, 0, 4), 2: task(2, 4, None), 3: task(3, 30, 31)})
    built = timeline.build(log, 2, 6)
    assert brief(built.running) == [(1, 2, 4, 0), (2, 4, 6, 0)]
    assert built.suspended_lanes == 0


def test_more_spans_than_lanes_share_the_one_that_is_free_soonest() -> None:
    spans: list[Span] = [(0, 5, task(1)), (0, 3, task(2)), (1, 6, task(3))]
    assert [bar.lane for bar in place(spans, 2)] == [0, 1, 1]


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=40)


@given(spans)
def test_no_two_bars_of_a_lane_overlap_when_lanes_are_not_limited(
    shapes: list[tuple[int, int]],
) -> None:
    made: list[Span] = [(float(b), float(b + n), task(i)) for i, (b, n) in enumerate(shapes)]
    bars = place(made, None)
    assert sorted(bar.task_id for bar in bars) == list(range(len(shapes)))
    for one, other in itertools.combinations(bars, 2):
        if one.lane == other.lane:
            assert one.end <= other.begin or other.end <= one.begin


@pytest.mark.parametrize("lanes", [None, 3])
def test_no_spans_no_bars(lanes: int | None) -> None:
    assert place([], lanes) == []


def test_waiting_files_are_counted_from_arrival_to_delivery() -> None:
    assert timeline.waiting([(1.0, 4.0), (2.0, 4.0), (5.0, 6.0)]) == [
        (1.0, 1),
        (2.0, 2),
        (4.0, 1),
        (4.0, 0),
        (5.0, 1),
        (6.0, 0),
    ]


def test_the_lanes_of_several_applications_are_below_one_another() -> None:
    one = Log(1, {1: task(1, 0, 4)})
    one.tasks[1].suspended = [(1, 2)]
    other = Log(2, {1: task(1, 0, 4), 2: task(2, 0, 4)})
    other.tasks[2].suspended = [(1, 2)]
    made = timeline.stacked([timeline.build(log, 0, 9) for log in (one, other)])
    assert (made.cores, made.suspended_lanes) == (3, 2)
    assert {bar.lane for bar in made.running} == {0, 1, 2}
    assert {bar.lane for bar in made.suspended} == {0, 1}
