"""Who had which core: turns an event log's tasks into bars on lanes; nothing is drawn here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from neptune_bench.harness.eventlog import Log, Task

OVERLAP_S = 0.02
"""Times come from different threads of the driver: a core's next task may seem to start early."""


@dataclass(frozen=True)
class Bar:
    """A span of a task's life on a lane; times in epoch seconds.

    Args:
        task_id, side: whose (see `harness.eventlog.Task`).
        begin, end: the span.
        lane: number of the core, or of the row of suspended tasks, from 0.
    """

    task_id: int
    side: str
    begin: float
    end: float
    lane: int


@dataclass(frozen=True)
class Timeline:
    """The bars of one run: who had which core, and who was suspended meanwhile."""

    cores: int
    running: list[Bar]
    suspended: list[Bar]

    @property
    def suspended_lanes(self) -> int:
        """How many tasks were suspended at once, at most."""
        return 1 + max((bar.lane for bar in self.suspended), default=-1)


Span = tuple[float, float, Task]


def running_spans(task: Task, last: float) -> list[Span]:
    """Return the spans in which `task` had a core; one still running ends at `last`."""
    spans = []
    begin = task.begin
    for stopped, resumed in task.suspended:
        spans.append((begin, stopped, task))
        if resumed is None:
            return spans
        begin = resumed
    spans.append((begin, task.end if task.end is not None else last, task))
    return spans


def suspended_spans(task: Task, last: float) -> list[Span]:
    """Return the spans in which `task` was suspended; an open one ends with the task."""
    end = task.end if task.end is not None else last
    return [(begin, end if until is None else until, task) for begin, until in task.suspended]


def place(spans: Iterable[Span], lanes: int | None) -> list[Bar]:
    """Give each span a lane on which nothing else is.

    A task goes back to the lane it had before if that is free, and otherwise takes the lowest free
    one.

    Args:
        spans: in any order.
        lanes: how many there are; None for as many as are needed. Where more spans overlap than
            there are lanes, the lane that is free soonest is taken.
    """
    free_at: list[float] = [float("-inf")] * (lanes or 0)
    home: dict[int, int] = {}
    bars = []
    for begin, end, task in sorted(spans, key=lambda span: (span[0], span[2].task_id)):
        free = [lane for lane, at in enumerate(free_at) if at <= begin + OVERLAP_S]
        if home.get(task.task_id) in free:
            lane = home[task.task_id]
        elif free:
            lane = free[0]
        elif lanes is None:
            free_at.append(float("-inf"))
            lane = len(free_at) - 1
        else:
            lane = min(range(lanes), key=free_at.__getitem__)
        free_at[lane] = max(free_at[lane], end)
        home[task.task_id] = lane
        bars.append(Bar(task.task_id, task.side, begin, end, lane))
    return bars


def build(log: Log, begin: float, end: float) -> Timeline:
    """Return the bars of `log` that lie between `begin` and `end` (epoch seconds), clipped."""

    def clipped(bars: list[Bar]) -> list[Bar]:
        return [
            Bar(b.task_id, b.side, max(b.begin, begin), min(b.end, end), b.lane)
            for b in bars
            if b.end > begin and b.begin < end
        ]

    tasks = log.tasks.values()
    inside = [
        s for task in tasks for s in suspended_spans(task, end) if s[1] > begin and s[0] < end
    ]
    return Timeline(
        log.cores,
        clipped(place((s for task in tasks for s in running_spans(task, end)), max(1, log.cores))),
        clipped(place(inside, None)),
    )


def waiting(spans: Iterable[tuple[float, float]]) -> list[tuple[float, int]]:
    """Return how many wait over time, as steps (epoch s, number from then on), ascending.

    Args:
        spans: when each began to wait, and when that was over, in epoch seconds.
    """
    changes = [(at, change) for span in spans for at, change in zip(span, (1, -1), strict=True)]
    steps = []
    count = 0
    for at, change in sorted(changes):
        count += change
        steps.append((at, count))
    return steps


def stacked(timelines: Sequence[Timeline]) -> Timeline:
    """Return the lanes of several applications, one's below the other's."""
    running: list[Bar] = []
    suspended: list[Bar] = []
    cores = lanes = 0
    for one in timelines:
        running += [replace(bar, lane=bar.lane + cores) for bar in one.running]
        suspended += [replace(bar, lane=bar.lane + lanes) for bar in one.suspended]
        cores += max(1, one.cores)
        lanes += one.suspended_lanes
    return Timeline(cores, running, suspended)
