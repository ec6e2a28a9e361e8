"""What the runs say: slow-downs, who had how much of the cores, and what was thrown away. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from neptune_bench.harness import results
from neptune_bench.harness.eventlog import Log
from neptune_bench.harness.figures import percentile
from neptune_bench.share.plan import ALONE, FIFO, NEPTUNE_FAIR, SIDES, STREAM, Plan
from neptune_bench.tpch.tables import LONG, SHORT
from neptune_bench.unified.figures import Spread, core_seconds, spread

LENGTHS: Final = (SHORT, LONG, STREAM)
WORKING: Final = 0.99
"""Share of a window in which a user must have a query to be one who has work in it."""
SHORT_BAR: Final = 2.0
LONG_BAR: Final = 1.05
JAIN_BAR: Final = 0.95


@dataclass(frozen=True)
class Sample:
    """A query, or a micro-batch of the stream.

    Args:
        user: whose.
        length: short, long, or stream.
        name: which query; samples of one length and name are the same work.
        due: when it was to start, in epoch seconds.
        took_s: seconds from then until its answer was there.
    """

    user: str
    length: str
    name: str
    due: float
    took_s: float


@dataclass(frozen=True)
class Window:
    """A time in a run.

    Args:
        begin_s: its begin, in seconds from that of the run.
        core_s: core-seconds of each user's tasks, and of the stream's.
        working: users who had work all the time.
    """

    begin_s: float
    core_s: Mapping[str, float]
    working: tuple[str, ...]

    @property
    def jain(self) -> float:
        """Jain's index of the core-seconds of those who had work."""
        return jain([self.core_s[user] for user in self.working])


@dataclass(frozen=True)
class Run:
    """A driver process.

    Args:
        side: name of what it ran.
        number: which round it belongs to.
        cores: how many there were.
        samples: all queries and micro-batches that count.
        makespan_s: seconds until the last long query was done; what it means for `ALONE` is how
            long the stream ran.
        windows: one after the other, the last whole one included.
        thrown_away_core_s: core-seconds of attempts of tasks that gave no result.
        killed: such attempts.
        suspensions: of tasks.
    """

    side: str
    number: int
    cores: int
    samples: tuple[Sample, ...]
    makespan_s: float
    windows: tuple[Window, ...]
    thrown_away_core_s: float
    killed: int
    suspensions: int

    def indices(self, long_users: Sequence[str]) -> list[float]:
        """Return Jain's index of each window in which all long users had work."""
        return [w.jain for w in self.windows if set(long_users) <= set(w.working)]


def jain(values: Sequence[float]) -> float:
    """Return Jain's index of fairness: 1 if all are equal, one Nth if one of N has everything.

    Jain, Chiu, Hawe: A Quantitative Measure of Fairness, DEC TR-301 (1984).

    Raises:
        ValueError: if there are no values.
    """
    if not values:
        raise ValueError("Jain's index of no values was asked for.")
    squares = sum(value * value for value in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else 1.0


def windows(
    log: Log,
    samples: Iterable[Sample],
    users: Sequence[str],
    begin: float,
    end: float,
    window_s: float,
) -> tuple[Window, ...]:
    """Return the whole windows of a run.

    Args:
        log: the event log, whose tasks have users as their sides.
        samples: all queries.
        users: who they are.
        begin, end: of the run, in epoch seconds.
        window_s: seconds of a window.
    """
    mine: dict[str, list[tuple[float, float]]] = {user: [] for user in users}
    for sample in samples:
        if sample.user in mine:
            mine[sample.user].append((sample.due, sample.due + sample.took_s))
    found = []
    for number in range(int((end - begin) / window_s)):
        first = begin + number * window_s
        last = first + window_s
        core_s = dict.fromkeys((*users, STREAM), 0.0)
        for task in log.tasks.values():
            if task.side in core_s and task.begin < last:
                core_s[task.side] += core_seconds(task, first, last)
        working = [u for u in users if covered(mine[u], first, last) >= WORKING * window_s]
        found.append(Window(number * window_s, core_s, tuple(working)))
    return tuple(found)


def covered(spans: Iterable[tuple[float, float]], begin: float, end: float) -> float:
    """Return for how long between two moments there was at least one of the spans, in seconds."""
    total, reached = 0.0, begin
    for first, last in sorted(spans):
        total += max(0.0, min(last, end) - max(first, reached))
        reached = max(reached, min(last, end))
    return total


def measured(
    side: str,
    number: int,
    plan: Plan,
    log: Log,
    samples: Sequence[Sample],
    begin: float,
    end: float,
) -> Run:
    """Return what a run, from one epoch second to another, has left."""
    users = [*plan.long_names, *plan.short_names]
    lost = [task for task in log.tasks.values() if task.failed and task.begin >= begin]
    return Run(
        side,
        number,
        log.cores,
        tuple(samples),
        end - begin,
        () if side == ALONE else windows(log, samples, users, begin, end, plan.window_s),
        sum(map(core_seconds, lost)),
        len(lost),
        log.suspensions(begin),
    )


def references(alone: Run) -> dict[tuple[str, str], float]:
    """Return the seconds that each query takes alone, the median, by length and name."""
    found: dict[tuple[str, str], list[float]] = {}
    for sample in alone.samples:
        found.setdefault((sample.length, sample.name), []).append(sample.took_s)
    return {key: statistics.median(values) for key, values in found.items()}


def slow_downs(run: Run, alone: Run, length: str) -> list[float]:
    """Return for each query of a length how many times longer than alone it took."""
    own = references(alone)
    return [
        s.took_s / own[s.length, s.name]
        for s in run.samples
        if s.length == length and (s.length, s.name) in own
    ]


@dataclass(frozen=True)
class Bar:
    """What is asked of a side.

    Args:
        what: in words.
        side: of whom.
        limit: of the figure.
        found: the figure.
        met: whether it keeps the limit, in the median over the rounds.
    """

    what: str
    side: str
    limit: float
    found: Spread
    met: bool


@dataclass(frozen=True)
class Result(results.Result):
    """All runs, and a sentence that says which answers were checked."""

    plan: Plan
    checked: str
    runs: tuple[Run, ...]

    def more(self) -> dict[str, object]:
        """Return the bars."""
        return {"bars": [asdict(bar) for bar in self.bars()]}

    def of(self, side: str) -> list[Run]:
        """Return the runs of a side, in order of rounds."""
        return sorted((run for run in self.runs if run.side == side), key=lambda run: run.number)

    @property
    def compared(self) -> list[str]:
        """The sides with all users, in order."""
        return [side for side in SIDES if side in self.plan.sides and side != ALONE]

    def slow_down(self, side: str, length: str, q: float) -> Spread | None:
        """Return a percentile of the slow-down, which is taken within each round."""
        pairs = zip(self.of(side), self.of(ALONE), strict=True)
        found = (slow_downs(run, alone, length) for run, alone in pairs)
        return spread(percentile(values, q) for values in found if values)

    def over_fifo(self, side: str) -> Spread | None:
        """Return the long queries' makespan over FIFO's of the same round; None without FIFO."""
        if not self.of(FIFO):
            return None
        pairs = zip(self.of(side), self.of(FIFO), strict=True)
        return spread(run.makespan_s / fifo.makespan_s for run, fifo in pairs)

    def jain(self, side: str, figure: Callable[[list[float]], float]) -> Spread | None:
        """Return a figure of each round's windows in which all long users had work."""
        rounds = (run.indices(self.plan.long_names) for run in self.of(side))
        return spread(figure(found) for found in rounds if found)

    def bars(self) -> list[Bar]:
        """Return what is asked of Neptune's sides, and what came of it."""
        found = []
        for side in self.compared:
            if not SIDES[side].has_neptune:
                continue
            asked = [
                ("short queries' p95 slow-down", SHORT_BAR, self.slow_down(side, SHORT, 95)),
                ("long queries' makespan over FIFO's", LONG_BAR, self.over_fifo(side)),
                ("core-seconds thrown away", 0.0, self.thrown_away(side)),
            ]
            for what, limit, value in asked:
                if value is not None:
                    bar = f"{what} at most {limit:g}"
                    found.append(Bar(bar, side, limit, value, value.median <= limit))
            index = self.jain(side, statistics.median) if side == NEPTUNE_FAIR else None
            if index is not None:
                bar = f"Jain's index at least {JAIN_BAR:g}"
                found.append(Bar(bar, side, JAIN_BAR, index, index.median >= JAIN_BAR))
        return found

    def thrown_away(self, side: str) -> Spread | None:
        """Return the core-seconds of attempts without a result."""
        return spread(run.thrown_away_core_s for run in self.of(side))
