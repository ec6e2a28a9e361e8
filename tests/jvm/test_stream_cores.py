"""What the batches of a stream take, and how many cores a latency target leaves to each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py4j.java_gateway import JVMView

from tests.jvm.functions import NS_PER_MS

TARGET_MS, MOST = 500, 16
#: Batches after which it is known how many cores are enough.
KNOWN = 6


class Meter:
    """What is told of one batch; in milliseconds, and tasks of one core."""

    def __init__(self, jvm: JVMView) -> None:
        self._meter: Any = jvm.neptune.order.BatchMeter()

    def stage(self, stage: int, tasks: int, at_ms: int, attempt: int = 0) -> None:
        self._meter.submitted(stage, attempt, tasks, at_ms * NS_PER_MS)

    def ends(self, stage: int, at_ms: int, ran_ms: int, done: bool = True, cores: int = 1) -> None:
        ran_ns = ran_ms * NS_PER_MS
        self._meter.taskEnded(stage, ran_ns, ran_ns * cores, done, at_ms * NS_PER_MS)

    def batch(self, took_ms: int) -> tuple[float, float, float]:
        """Its core-time, its critical path, and the time in which no task ran or waited."""
        found = self._meter.batch(took_ms * NS_PER_MS)
        figures = (found.workCoreNs(), found.spanNs(), found.otherNs())
        assert found.tookNs() == took_ms * NS_PER_MS
        work, span, other = (figure / NS_PER_MS for figure in figures)
        return work, span, other


@pytest.fixture
def meter(jvm: JVMView) -> Meter:
    return Meter(jvm)


def test_a_batch_without_tasks_is_the_drivers_alone(meter: Meter) -> None:
    assert meter.batch(70) == (0, 0, 70)


def test_tasks_of_a_stage_add_up_and_the_longest_is_its_path(meter: Meter) -> None:
    meter.stage(1, tasks=3, at_ms=10)
    meter.ends(1, 40, ran_ms=30)
    meter.ends(1, 60, ran_ms=50)
    # It has waited till 40: that is no planning, though it did not run.
    meter.ends(1, 80, ran_ms=40)
    assert meter.batch(100) == (120, 50, 30)


def test_a_stage_waits_for_those_that_were_over_when_it_came(meter: Meter) -> None:
    meter.stage(1, tasks=1, at_ms=0)
    meter.stage(2, tasks=2, at_ms=0)
    meter.ends(2, 10, ran_ms=10)
    meter.ends(1, 30, ran_ms=30)
    meter.stage(3, tasks=1, at_ms=35)
    meter.ends(2, 50, ran_ms=50)
    meter.ends(3, 60, ran_ms=20)
    meter.stage(4, tasks=1, at_ms=70)
    meter.ends(4, 75, ran_ms=5)
    # 1 and 3 are a chain of 50 beside 2, which takes as long; then 4.
    assert meter.batch(80) == (115, 55, 15)


def test_a_task_with_several_cores_takes_them_all(meter: Meter) -> None:
    meter.stage(1, tasks=1, at_ms=0)
    meter.ends(1, 40, ran_ms=40, cores=4)
    assert meter.batch(40) == (160, 40, 0)


def test_what_failed_has_taken_cores_and_is_no_part_of_the_path(meter: Meter) -> None:
    meter.stage(1, tasks=1, at_ms=0)
    meter.ends(1, 90, ran_ms=90, done=False)
    meter.ends(1, 110, ran_ms=20)
    # A copy, which another one was faster than.
    meter.ends(1, 120, ran_ms=100)
    assert meter.batch(130) == (210, 20, 20)


def test_a_stage_that_runs_again_waits_for_what_it_did_before(meter: Meter) -> None:
    meter.stage(1, tasks=2, at_ms=0)
    meter.ends(1, 40, ran_ms=40)
    meter.stage(1, tasks=1, at_ms=50, attempt=1)
    # The same attempt is told of twice, if its level has changed.
    meter.stage(1, tasks=1, at_ms=55, attempt=1)
    meter.ends(1, 60, ran_ms=10)
    assert meter.batch(60) == (50, 50, 0)


def test_a_cancelled_stage_is_busy_till_its_last_task(meter: Meter) -> None:
    meter.stage(1, tasks=9, at_ms=0)
    meter.ends(1, 40, ran_ms=40)
    assert meter.batch(100) == (40, 40, 60)


@dataclass(frozen=True)
class Plan:
    """Stages by the ones that they wait for, and how long their tasks take, in milliseconds."""

    tasks: list[list[int]]
    waits_for: list[set[int]]
    cores: int
    planning_ms: int

    def path_ms(self) -> int:
        paths: list[int] = []
        for tasks, parents in zip(self.tasks, self.waits_for):
            paths.append(max([0, *(paths[p] for p in parents)]) + max(tasks))
        return max(paths)


@st.composite
def plans(draw: Any) -> Plan:
    tasks = draw(
        st.lists(st.lists(st.integers(1, 100), min_size=1, max_size=5), min_size=1, max_size=6)
    )
    earlier = [draw(st.sets(st.integers(0, i - 1))) if i else set() for i in range(len(tasks))]
    return Plan(tasks, earlier, draw(st.integers(1, 6)), draw(st.integers(0, 50)))


def played(plan: Plan, meter: Meter) -> int:
    """Tell of a batch whose stages come once those that they wait for are over.

    Return how long it took.
    """
    now = plan.planning_ms
    left = [len(tasks) for tasks in plan.tasks]
    waiting: list[tuple[int, int]] = []
    running: list[tuple[int, int, int]] = []
    come: set[int] = set()
    while any(left):
        for stage, parents in enumerate(plan.waits_for):
            if stage not in come and not any(left[parent] for parent in parents):
                come.add(stage)
                meter.stage(stage, len(plan.tasks[stage]), now)
                waiting += [(stage, ms) for ms in plan.tasks[stage]]
        while waiting and len(running) < plan.cores:
            stage, ms = waiting.pop(0)
            running.append((now + ms, stage, ms))
        running.sort()
        now, stage, ms = running.pop(0)
        left[stage] -= 1
        meter.ends(stage, now, ms)
    return now


def test_the_path_is_that_of_the_stages_or_longer_and_never_more_than_they_took(
    jvm: JVMView,
) -> None:
    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(plan=plans())
    def check(plan: Plan) -> None:
        meter = Meter(jvm)
        took = played(plan, meter)
        work, span, other = meter.batch(took)
        assert work == sum(map(sum, plan.tasks))
        assert other == plan.planning_ms
        assert plan.path_ms() <= span <= took - other
        # What makes it a bound: no batch takes longer on as many cores.
        assert took <= other + span + (work - span) / plan.cores + 1e-6

    check()


class Stream:
    """A query whose batches have one stage each, of tasks that take 100 ms."""

    def __init__(self, jvm: JVMView) -> None:
        self._stream: Any = jvm.neptune.order.StreamCores(TARGET_MS * NS_PER_MS)

    @property
    def cores(self) -> int | None:
        found = self._stream.cores()
        return int(found.get()) if found.isDefined() else None

    def begins(self, batch: int, tasks: int) -> int | None:
        """Begin a batch; return how many cores it has."""
        self._stream.submitted(batch, batch, 0, tasks, 0)
        return self.cores

    def runs(self, batch: int, tasks: int, until_ms: int = 100) -> None:
        task_ns = 100 * NS_PER_MS
        for _ in range(tasks):
            self._stream.taskEnded(batch, task_ns, task_ns, True, until_ms * NS_PER_MS)

    def ended(self, batch: int, took_ms: int = 100) -> str | None:
        """A batch is known to have ended; return what is told of that."""
        told = self._stream.batchEnded(batch, took_ms * NS_PER_MS, MOST)
        return str(told.get()) if told.isDefined() else None

    def whole(self, batch: int, tasks: int) -> tuple[int | None, str | None]:
        had = self.begins(batch, tasks)
        self.runs(batch, tasks)
        return had, self.ended(batch)


@pytest.fixture
def stream(jvm: JVMView) -> Stream:
    return Stream(jvm)


def test_a_batch_has_what_the_ones_before_have_shown_to_be_enough(stream: Stream) -> None:
    found = [stream.whole(batch, tasks=9) for batch in range(KNOWN + 2)]
    # 800 ms beside the 100 of the path, in the 400 ms that are left.
    assert [cores for cores, _ in found] == [None] * KNOWN + [2, 2]
    # It is told once.
    told = [sentence for _, sentence in found]
    assert [bool(sentence) for sentence in told] == [False] * (KNOWN - 1) + [True, False, False]
    assert str(told[KNOWN - 1]).startswith("The last batch took 100 ms, within the target of 500 m")


def test_that_no_number_of_cores_will_do_is_told_once(stream: Stream) -> None:
    told = []
    for batch in range(KNOWN + 2):
        stream.begins(batch, tasks=1)
        stream.runs(batch, tasks=1)
        told.append(stream.ended(batch, took_ms=900))
    assert stream.cores is None
    assert [bool(sentence) for sentence in told] == [False] * (KNOWN - 1) + [True, False, False]
    assert "no limit, because batches like the last 5 take 900 ms on any nu" in str(told[KNOWN - 1])


def test_a_batch_gets_more_at_once_and_fewer_only_the_next_one_has(stream: Stream) -> None:
    for batch in range(KNOWN):
        stream.begins(batch, tasks=9)
        stream.runs(batch, tasks=9)
        if batch < KNOWN - 1:
            assert stream.ended(batch) is None
    # The next batch has begun when it is told that the last one has ended.
    assert stream.begins(KNOWN, tasks=9) is None
    assert stream.ended(KNOWN - 1)
    assert stream.cores is None
    stream.runs(KNOWN, tasks=9, until_ms=700)
    assert stream.begins(KNOWN + 1, tasks=9) == 2
    # One that missed the target says that it needs more, while another one runs.
    assert "more than the target" in str(stream.ended(KNOWN, took_ms=700))
    assert stream.cores == 3
    # A second stage of the same batch changes nothing.
    assert stream.begins(KNOWN + 1, tasks=9) == 3


def test_batches_whose_end_is_never_told_are_forgotten(stream: Stream) -> None:
    for batch in range(50):
        stream.begins(batch, tasks=9)
        stream.runs(batch, tasks=9)
    assert [stream.ended(batch) for batch in range(50)] == [None] * 50
    # Only the last three counted.
    told = [bool(stream.whole(batch, tasks=9)[1]) for batch in (50, 51, 52)]
    assert told == [False, False, True]
