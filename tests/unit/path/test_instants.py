"""Notes become the steps of jobs."""

from __future__ import annotations

import re
from pathlib import Path as File

import pytest

from neptune_bench.path import instants
from neptune_bench.path.instants import (
    ACKNOWLEDGED,
    ANSWERED_FIRST,
    DECIDED,
    HANDED_OVER,
    LAUNCHED,
    OFFERED,
    RELEASED,
    REQUESTED,
    STARTED,
    STEPS,
    SUBMITTED,
    UNPREEMPTED,
    Job,
    Note,
    parsed,
    paths,
)
from tests.unit.path.made_up import HAND_OVER, PREEMPTION, STAGE, TASK, notes

MS = 10**6
JOB = Job(asked=9 * MS, first=21 * MS, done=30 * MS)


def test_the_names_are_those_of_the_scheduler() -> None:
    root = File(__file__).parents[3] / "jvm-shim/src/main/scala/org/apache/spark/neptune"
    source = (root / "time/Instants.scala").read_text()
    names = set(re.findall(r'val \w+: String = "(\w+)"', source))
    ours = {
        *(instants.SUBMITTED, instants.OFFERED, instants.DECIDED, instants.REQUESTED),
        *(instants.RECEIVED, instants.STOPPED, instants.ACKNOWLEDGED, instants.LAUNCHED),
        *(instants.STARTED, instants.RELEASED),
    }
    assert names == ours


def test_notes_are_read() -> None:
    assert parsed("offered 0 17\nstarted 8 19") == [Note("offered", 0, 17), Note("started", 8, 19)]
    assert parsed("") == []


def test_a_preemption_has_all_steps() -> None:
    (path,), others = paths([JOB], notes(PREEMPTION, 10), ANSWERED_FIRST)
    assert others == 0
    assert list(path.steps_ms) == [name for name in STEPS if name != RELEASED]
    assert all(ms == 1.0 for name, ms in path.steps_ms.items() if name != "first record")
    assert (path.ahead_ms, path.steps_ms["first record"], path.total_ms) == (1.0, 2.0, 11.0)


def test_a_task_that_is_launched_at_once_waits_for_no_answer() -> None:
    (path,), others = paths([JOB], notes(HAND_OVER, 10), HANDED_OVER)
    assert (tuple(path.steps_ms), others) == (HANDED_OVER, 0)
    assert [path.steps_ms[name] for name in (LAUNCHED, RELEASED)] == [3.0, 2.0]
    assert path.total_ms == 11.0


def test_the_two_ways_of_launching_are_not_mixed() -> None:
    assert paths([JOB], notes(HAND_OVER, 10), ANSWERED_FIRST) == ([], 1)
    assert paths([JOB], notes(PREEMPTION, 10), HANDED_OVER) == ([], 1)


def test_on_an_idle_session_there_are_fewer() -> None:
    idle = [(SUBMITTED, STAGE), (OFFERED, 0), (LAUNCHED, TASK), (STARTED, TASK)]
    (path,), others = paths([JOB], notes(idle, 10), UNPREEMPTED)
    assert (tuple(path.steps_ms), path.total_ms, others) == (UNPREEMPTED, 11.0, 0)


def test_rounds_that_change_nothing_are_not_on_the_path() -> None:
    """Of several rounds the last one before the decision and before the launch counts."""
    more = [PREEMPTION[0], (OFFERED, 0), *PREEMPTION[1:7], (OFFERED, 0), *PREEMPTION[7:]]
    (path,), _ = paths([JOB], notes(more, 10), ANSWERED_FIRST)
    assert path.steps_ms["first offer"] == path.steps_ms["offer"] == 2.0
    assert path.steps_ms[LAUNCHED] == path.steps_ms[DECIDED] == 1.0


def test_an_answer_to_an_earlier_request_is_not_taken_for_this_ones() -> None:
    """The victim was told to resume, and says so when it is asked to suspend again."""
    victim = PREEMPTION[2][1]
    more = [*PREEMPTION[:4], (ACKNOWLEDGED, victim), *PREEMPTION[4:]]
    (path,), _ = paths([JOB], notes(more, 10), ANSWERED_FIRST)
    assert path.steps_ms[ACKNOWLEDGED] == 1.0 and path.steps_ms["received"] == 2.0


def test_jobs_have_their_own_notes() -> None:
    later = Job(JOB.asked + 100 * MS, JOB.first + 100 * MS, JOB.done + 100 * MS)
    both = notes(PREEMPTION, 110) + notes(PREEMPTION, 10) + notes([(OFFERED, 0)], 60)
    found, others = paths([JOB, later], both, ANSWERED_FIRST)
    assert [path.total_ms for path in found] == [11.0, 11.0] and others == 0


@pytest.mark.parametrize(
    "kept",
    [
        [pair for pair in PREEMPTION if pair[0] != missing]
        for missing in (SUBMITTED, DECIDED, REQUESTED, LAUNCHED, STARTED)
    ]
    + [[*PREEMPTION, (LAUNCHED, 9)]],
    ids=["submission", "decision", "request", "launch", "start", "two launches"],
)
def test_other_paths_are_counted_and_left_out(kept: list[tuple[str, int]]) -> None:
    assert paths([JOB], notes(kept, 10), ANSWERED_FIRST) == ([], 1)


def test_nobody_is_suspended_on_an_idle_session() -> None:
    assert paths([JOB], notes(PREEMPTION, 10), UNPREEMPTED) == ([], 1)
