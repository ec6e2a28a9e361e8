"""Parties that share a cluster by an order, in virtual time.

The cluster plays the driver's part: whenever anything happens it has cores dealt, lets each party's
tasks hold what it is due, suspends others for these, and lets whoever has tasks left use the rest.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from py4j.java_gateway import JVMView

from tests.jvm.functions import scala_seq

#: Nanocores of a core, and nanoseconds of a second: in quanta of a second, one of a core-second.
ONE = 1_000_000_000
QUANTUM = ONE
NO_LIMIT = (1 << 63) - 1
BANDS = [0, ONE, 10 * ONE, 60 * ONE, 300 * ONE]


@dataclass(frozen=True)
class Claim:
    party: str
    wanted: int
    weight: float = 1.0
    least: int = 0
    most: int = NO_LIMIT
    per_task: int = ONE
    held: int = 0
    used: int = 0

    @property
    def usable(self) -> int:
        """What it could use, with a limit in whole tasks, but one."""
        if self.most == NO_LIMIT or self.most <= 0:
            return max(0, min(self.wanted, self.most))
        return min(self.wanted, max(self.per_task, self.most - self.most % self.per_task))


@dataclass(frozen=True)
class Due:
    party: str
    nanocores: int
    share: float
    owed: int


class Order:
    """An order of Scala's, asked in Python's terms.

    Parameters
    ----------
    jvm : JVMView
        Where it is.
    name : str
        `spark`, `fair` or `feedback`.
    bands : Sequence[int]
        Those of feedback, in nanoseconds of a core.
    """

    def __init__(self, jvm: JVMView, name: str, bands: Sequence[int] = BANDS) -> None:
        self._jvm, self.name = jvm, name
        made = {
            "spark": lambda package: package.FirstComeFirstServed(),
            "fair": lambda package: package.FairShares(QUANTUM),
            "feedback": lambda package: package.Feedback(QUANTUM, longs(jvm, bands)),
        }
        #: Itself.
        self.scala: Any = made[name](jvm.neptune.order)
        assert self.scala.name() == name

    def deal(
        self, claims: Sequence[Claim], capacity: int, now_ns: int
    ) -> tuple[list[Due], int | None]:
        """Return what each is due, those first that are to launch first, and when to ask again."""
        of = self._jvm.neptune.order.Claim
        told = [
            of(c.party, c.weight, c.least, c.most, c.per_task, c.held, c.wanted, c.used)
            for c in claims
        ]
        deal = self.scala.deal(scala_seq(self._jvm, told), capacity, now_ns)
        # A call for each figure would take most of a test's time.
        text = deal.dues().mkString(";")
        dues = [_due(*one[4:-1].split(",")) for one in text.split(";") if one]
        again = deal.againNs()
        return dues, int(again.get()) if again.isDefined() else None


def longs(jvm: JVMView, values: Sequence[int]) -> Any:
    """A Seq of Scala's, whose elements py4j would make integers where they are small."""
    stream = jvm.java.util.stream.LongStream.builder()
    for value in values:
        stream.add(value)
    boxed = stream.build().boxed().collect(jvm.java.util.stream.Collectors.toList())
    return jvm.scala.collection.JavaConverters.asScalaBuffer(boxed).toList()


def _due(party: str, nanocores: str, share: str, owed: str) -> Due:
    return Due(party, int(nanocores), float(share), int(owed))


@dataclass
class Party:
    """Tasks that come at one time, and whose they are; durations in nanoseconds."""

    name: str
    tasks: list[int]
    comes_ns: int = 0
    weight: float = 1.0
    least: int = 0
    most: int = NO_LIMIT
    per_task: int = ONE
    #: Nanocores times nanoseconds.
    used: int = 0
    #: What its tasks that have begun have left, in the order in which they began.
    left: dict[int, int] = field(default_factory=dict)
    #: Which of these hold their cores.
    running: set[int] = field(default_factory=set)
    begun: int = 0

    @property
    def held(self) -> int:
        return len(self.running) * self.per_task

    @property
    def wanted(self) -> int:
        return (len(self.left) + len(self.tasks) - self.begun) * self.per_task

    def claim(self) -> Claim:
        return Claim(
            self.name, self.wanted, self.weight, self.least, self.most, self.per_task,
            self.held, self.used // ONE,
        )  # fmt: skip

    def candidates(self) -> Iterator[int]:
        """Return its tasks, those first that keep, get back or get a core first."""
        yield from sorted(self.left, key=lambda task: (task not in self.running, task))
        yield from range(self.begun, len(self.tasks))


@dataclass(frozen=True)
class Span:
    """A time in which nothing changed."""

    since_ns: int
    until_ns: int
    #: Nanocores that each party that had work held.
    held: dict[str, int]
    claims: dict[str, Claim]
    dues: dict[str, Due]
    #: Tasks that were suspended when it began.
    suspended: int

    @property
    def ns(self) -> int:
        return self.until_ns - self.since_ns


class Cluster:
    """Cores that parties share.

    Parameters
    ----------
    order : Order
        What they are shared by.
    cores : int
        How many.
    parties : Sequence[Party]
        In order of arrival.
    """

    def __init__(self, order: Order, cores: int, parties: Sequence[Party]) -> None:
        self._order, self._parties = order, parties
        self.capacity = cores * ONE
        self.now_ns = 0
        self.ended_ns: dict[str, int] = {}

    def spans(self, until_ns: int) -> Iterator[Span]:
        """Play until all tasks are over, or for so long."""
        while self.now_ns < until_ns:
            present = [p for p in self._parties if p.comes_ns <= self.now_ns and p.wanted]
            claims = {p.name: p.claim() for p in present}
            found, again_ns = self._order.deal(list(claims.values()), self.capacity, self.now_ns)
            dues = {due.party: due for due in found}
            suspended = self._place([p for d in dues for p in present if p.name == d], dues)
            comes = [p.comes_ns for p in self._parties if p.comes_ns > self.now_ns]
            if not (present or comes):
                return
            ends = [self.now_ns + p.left[task] for p in present for task in p.running]
            again = [] if again_ns is None else [again_ns]
            assert all(at > self.now_ns for at in again)
            end_ns = min([until_ns, *ends, *comes, *again])
            held = {p.name: p.held for p in present}
            yield Span(self.now_ns, end_ns, held, claims, dues, suspended)
            self._pass(end_ns, present)

    def _place(self, present: Sequence[Party], dues: dict[str, Due]) -> int:
        """Hand out the cores: first to what is due, then to whoever is left, but to none beyond a
        limit. Return how many tasks lost theirs."""
        chosen: dict[str, list[int]] = {p.name: [] for p in present}
        free = self.capacity
        for within in (True, False):
            for party in present:
                mine = chosen[party.name]
                limit = party.claim().usable
                room = min(limit, dues[party.name].nanocores) if within else limit
                for task in itertools.islice(party.candidates(), len(mine), None):
                    if (len(mine) + 1) * party.per_task > room or party.per_task > free:
                        break
                    mine.append(task)
                    free -= party.per_task
        suspended = 0
        for party in present:
            now = set(chosen[party.name])
            suspended += len(party.running - now)
            for task in now - party.left.keys():
                party.left[task] = party.tasks[task]
            party.begun = max(party.begun, *(task + 1 for task in now), 0)
            party.running = now
        return suspended

    def _pass(self, end_ns: int, present: Sequence[Party]) -> None:
        ns = end_ns - self.now_ns
        self.now_ns = end_ns
        for party in present:
            party.used += party.held * ns
            for task in list(party.running):
                party.left[task] -= ns
                if not party.left[task]:
                    del party.left[task]
                    party.running.discard(task)
            if not party.wanted:
                self.ended_ns[party.name] = end_ns
