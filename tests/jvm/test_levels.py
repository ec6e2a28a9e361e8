"""How a level shares a core between a long task and others that come later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from tests.jvm.functions import Function, scala_seq
from tests.jvm.sharing import ONE, Order

LEVEL = 0
WITHIN, BEYOND = 2 * LEVEL + 1, 2 * LEVEL
SHORT_NS = 3 * ONE // 10
#: Between the end of a short task and the start of the next one; and between looks.
GAP_NS = ONE // 100
LOOK_NS = ONE // 10
LONG_ID = 1


def launch(
    jvm: JVMView, ledger: Any, task_id: int, executor: str, accounts: Sequence[Any] = (),
    rank: int = WITHIN, now_ns: int = 0,
) -> None:  # fmt: skip
    """Launch a task of one core."""
    none = scala_seq(jvm, []).toSet()
    ledger.launched(
        jvm.neptune.core.LaunchedTask(
            task_id, executor, ONE, LEVEL, True, 1, 1, "ANY", now_ns, none, False, rank,
            scala_seq(jvm, accounts),
        )
    )  # fmt: skip


class Heard:
    """An order of Scala's, and what parties claim of it."""

    def __init__(self, order: Any) -> None:
        self._order = order
        #: What each wanted, and had used, in nanoseconds of a core, whenever it was asked.
        self.claims: list[dict[str, tuple[int, int]]] = []

    # As Scala calls it.

    def name(self) -> str:
        return str(self._order.name())

    def deal(self, claims: Any, capacity: int, now_ns: int) -> Any:
        each = [claims.apply(i) for i in range(claims.size())]
        self.claims.append({c.party(): (c.wanted(), c.usedCoreNs()) for c in each})
        return self._order.deal(claims, capacity, now_ns)

    class Java:
        implements = ("neptune.order.Order",)


class Core:
    """A core that a long task holds while it is not lent to a short one."""

    def __init__(self, jvm: JVMView, order: str) -> None:
        self.order = Heard(Order(jvm, order).scala)
        #: The cores that each of the tasks needs that always wait, by party.
        self.waiting: dict[str, Sequence[int]] = {"long": [1] * 9}
        #: What higher levels leave of the core: less than none if they want more than there is.
        self.left = ONE
        self._jvm = jvm
        self._ledger: Any = jvm.neptune.core.CoreLedger()
        self._ledger.offered("1", ONE)
        self._level: Any = jvm.org.apache.spark.neptune.driver.sharing.Level(
            self._ledger, LEVEL, jvm.scala.Some(self.order), Function(1, lambda _entry: True)
        )
        self._parties: dict[str, Any] = {}
        self.now_ns = self.long_ns = 0
        self._launch(LONG_ID, self._party("long"))
        self._deal(self.waiting)

    def serve(self, name: str, task_id: int) -> None:
        """A short task comes, waits until its party is due the core, has it, and ends."""
        party = self._party(name)
        self.waits(name, [1])
        request = self._ledger.requestSuspend(LONG_ID, False, self.now_ns).get()
        self._ledger.suspended(LONG_ID, request, self.now_ns)
        self._launch(task_id, party)
        self.now_ns += SHORT_NS
        self._ledger.ended(task_id, self.now_ns)
        self._ledger.resumed(LONG_ID, self._ledger.requestResume(LONG_ID, False, self.now_ns).get())
        self._deal(self.waiting)
        self._long_has(GAP_NS)

    def waits(self, name: str, cores: Sequence[int]) -> None:
        """Tasks that need so many cores each wait until their party is due the core."""
        self._deal({**self.waiting, name: cores})
        while self._party(name).dueNanocores() < ONE:
            assert self.now_ns < 100 * ONE, f"{name} starves"
            self._long_has(LOOK_NS)
            self._deal({**self.waiting, name: cores})

    def yields(self) -> None:
        """The long task is suspended for another one of its level."""
        whom = getattr(self._jvm.neptune.core, "SuspendedFor$Sharing$")
        request = self._ledger.requestSuspend(LONG_ID, getattr(whom, "MODULE$"), self.now_ns)
        self._ledger.suspended(LONG_ID, request.get(), self.now_ns)
        self._deal(self.waiting)

    def goes_to_a_higher_level(self, task_id: int) -> None:
        launch(self._jvm, self._ledger, task_id, "1", now_ns=self.now_ns)
        self._deal(self.waiting)

    def looked_at(self) -> list[str]:
        """The parties that a round looks at."""
        found: list[str] = []
        self._deal(self.waiting)
        self._level.eachParty(Function(1, lambda party: found.append(party.name())))
        return found

    def used_ns(self, party: str) -> int:
        return int(self._level.get(party).get().usedCoreNs(self.now_ns))

    def shown_due(self) -> dict[str, float | None]:
        """The cores that each party is shown to be due; None: all that there are."""
        rows = self._level.rows(self.now_ns)
        each = [rows.apply(i) for i in range(rows.size())]
        return {row.apply("party"): row.apply("cores_due") for row in each}

    def _long_has(self, ns: int) -> None:
        self.now_ns += ns
        self.long_ns += ns

    def _party(self, name: str) -> Any:
        if name not in self._parties:
            make = self._jvm.org.apache.spark.neptune.driver.sharing.Party
            self._parties[name] = self._level.party(name, Function(0, lambda: make(name, LEVEL, 0)))
        return self._parties[name]

    def _launch(self, task_id: int, party: Any) -> None:
        accounts = [self._level.all(), party.account()]
        launch(self._jvm, self._ledger, task_id, "1", accounts, now_ns=self.now_ns)

    def _deal(self, waiting: dict[str, Sequence[int]]) -> None:
        """Deal the core, where tasks of parties wait that need so many cores each."""
        self._level.beginRound(self.now_ns)
        for name, cores in waiting.items():
            party = self._party(name)
            self._level.sees(party, self.now_ns)
            for count in cores:
                party.waits(count * ONE, count * ONE, Function(0, scala_seq(self._jvm, []).toSet))
        getattr(self._level, "pendingNanocores_$eq")(sum(map(sum, waiting.values())) * ONE)
        self._level.deal(ONE, self.left, self.now_ns)


@pytest.mark.parametrize(
    ("order", "of_one_pool", "share"), [("fair", True, 1 / 2), ("feedback", False, 1 / 3)]
)
def test_short_tasks_one_after_another_have_their_share_only(
    callbacks: JavaGateway, order: str, of_one_pool: bool, share: float
) -> None:
    """What the long one is owed is not forgotten in the moments when no short one is there."""
    core = Core(callbacks.jvm, order)
    for i in range(24):
        core.serve("short" if of_one_pool else f"short {i}", LONG_ID + 1 + i)
    assert core.long_ns / core.now_ns == pytest.approx(share, abs=0.1)


def test_no_round_looks_at_those_that_have_had_no_work_since_the_last_one(
    callbacks: JavaGateway,
) -> None:
    """There may be thousands of them, and what they have used is remembered."""
    core = Core(callbacks.jvm, "feedback")
    names = [f"short {i}" for i in range(5)]
    for i, name in enumerate(names):
        core.serve(name, LONG_ID + 1 + i)
    core.looked_at()
    assert core.looked_at() == ["long"]
    assert [core.used_ns(name) for name in names] == [SHORT_NS] * len(names)
    # One that comes again.
    core.serve(names[1], LONG_ID + 9)
    assert core.used_ns(names[1]) == 2 * SHORT_NS


def test_who_has_nothing_to_run_is_due_nothing(callbacks: JavaGateway) -> None:
    """Whether it has just gone, or no round looks at it any more."""
    core = Core(callbacks.jvm, "fair")
    core.waits("short", [1])
    assert core.shown_due()["short"] == 1
    core.serve("short", LONG_ID + 1)
    assert core.shown_due() == {"long": None, "short": 0}
    core.looked_at()
    assert core.looked_at() == ["long"]
    assert core.shown_due() == {"long": None, "short": 0}


@pytest.mark.parametrize("others", [(), ("other",)])
def test_who_goes_is_charged_what_it_has_used(
    callbacks: JavaGateway, others: tuple[str, ...]
) -> None:
    """Not what it was due until then; whether or not the cores are still shared."""
    core = Core(callbacks.jvm, "fair")
    core.waiting.update({name: [1] for name in others})
    core.serve("short", LONG_ID + 1)
    assert core.order.claims[-1].keys() == {"long", "short", *others}
    assert core.order.claims[-1]["short"] == (0, SHORT_NS)


@pytest.mark.parametrize("order", ["fair", "feedback"])
def test_the_largest_tasks_of_a_party_do_not_keep_its_smaller_ones_from_too_few_cores(
    callbacks: JavaGateway, order: str
) -> None:
    core = Core(callbacks.jvm, order)
    core.waits("other", [2, 1])


@pytest.mark.parametrize("order", ["fair", "feedback"])
def test_who_a_core_is_yielded_to_is_due_it_until_somebody_has_it(
    callbacks: JavaGateway, order: str
) -> None:
    """Though higher levels want all cores, and this one has only what they cannot use.

    Else whoever has yielded it would have it back, and yield it again, without end.
    """
    core = Core(callbacks.jvm, order)
    core.left = -2 * ONE
    core.waits("short", [1])
    core.waiting["short"] = [1]
    core.yields()
    assert core.shown_due() == {"long": 0, "short": 1}
    core.goes_to_a_higher_level(LONG_ID + 1)
    assert core.shown_due() == {"long": 0, "short": 0}


def test_larger_tasks_have_slots_where_enough_tasks_beyond_may_yield(
    callbacks: JavaGateway,
) -> None:
    jvm = callbacks.jvm
    ledger: Any = jvm.neptune.core.CoreLedger()
    may_yield = {1, 2, 3, 4}
    level: Any = jvm.org.apache.spark.neptune.driver.sharing.Level(
        ledger, LEVEL, jvm.scala.Option.apply(None),
        Function(1, lambda entry: entry.task().taskId() in may_yield),
    )  # fmt: skip
    for executor in ("a", "b"):
        ledger.offered(executor, 2 * ONE)
    for task_id, executor in enumerate("aabb", start=1):
        launch(jvm, ledger, task_id, executor, rank=BEYOND)

    def slots(cores: int = 2, barred: Sequence[str] = ()) -> int:
        return int(level.slotsFor(cores * ONE, scala_seq(jvm, barred).toSet()))

    assert [slots(1), slots(2), slots(3)] == [4, 2, 0]
    assert slots(barred="a") == 1
    may_yield.remove(3)
    assert [slots(), slots(barred="a")] == [1, 0]
    # What is about to stop counts, whether or not it may be asked again.
    ledger.requestSuspend(3, False, 0)
    assert slots() == 2
    ledger.ranked(1, WITHIN)
    assert [slots(1), slots(2)] == [3, 1]


class Rounds:
    """Rounds of a level whose first party has a task on each of some executors.

    The second party is due one of the cores: it has lent it to the first of these tasks.
    """

    def __init__(self, jvm: JVMView, executors: Sequence[str]) -> None:
        self.ledger: Any = jvm.neptune.core.CoreLedger()
        #: Tasks that may not be suspended just now, and those about which the level has asked.
        self.resting: set[int] = set()
        self.asked: list[int] = []
        sharing = jvm.org.apache.spark.neptune.driver.sharing
        self._level: Any = sharing.Level(
            self.ledger, LEVEL, jvm.scala.Some(Order(jvm, "fair").scala),
            Function(1, self._may_yield),
        )  # fmt: skip
        self._cores = len(executors)
        self._parties = [self._level.party(n, self._maker(sharing, n)) for n in ("has", "lacks")]
        accounts = [[self._level.all(), party.account()] for party in self._parties]
        for executor in set(executors):
            self.ledger.offered(executor, executors.count(executor) * ONE)
        launch(jvm, self.ledger, 0, executors[0], accounts[1])
        self.ledger.suspended(0, self.ledger.requestSuspend(0, False, 0).get(), 0)
        for task_id, executor in enumerate(executors, start=1):
            launch(jvm, self.ledger, task_id, executor, accounts[0])

    @staticmethod
    def _maker(sharing: Any, name: str) -> Function:
        return Function(0, lambda: sharing.Party(name, LEVEL, 0))

    def _may_yield(self, entry: Any) -> bool:
        self.asked.append(entry.task().taskId())
        return self.asked[-1] not in self.resting

    def round(self) -> set[int]:
        """Return which tasks are beyond what is due then."""
        self.asked.clear()
        self._level.beginRound(0)
        for party in self._parties:
            self._level.sees(party, 0)
        self._level.deal(self._cores * ONE, self._cores * ONE, 0)
        self._level.rank()
        tasks = range(self._cores + 1)
        return {i for i in tasks if self.ledger.get(i).get().task().rank() == BEYOND}


def test_a_task_yields_as_soon_as_it_may_where_another_one_comes_back(
    callbacks: JavaGateway,
) -> None:
    rounds = Rounds(callbacks.jvm, ["a", "b"])
    # It was rescued lately, say; some other core is of no use to the one that is to come back.
    rounds.resting = {1}
    assert rounds.round() == rounds.round() == {2}
    rounds.resting = set()
    assert rounds.round() == {1}


def test_tasks_that_may_not_yield_for_long_are_not_all_asked_in_each_round(
    callbacks: JavaGateway,
) -> None:
    rounds = Rounds(callbacks.jvm, ["a"] * 50)
    rounds.resting = set(range(51))
    rounds.round()
    assert len(set(rounds.asked)) == 50
    rounds.round()
    assert 0 < len(rounds.asked) < 50


def test_what_is_free_is_kept_only_where_the_rest_of_the_room_is_on_its_way(jvm: JVMView) -> None:
    ledger: Any = jvm.neptune.core.CoreLedger()
    ledger.offered("a", 3 * ONE)
    for task_id in (1, 2):
        launch(jvm, ledger, task_id, "a", rank=BEYOND)

    def kept() -> list[bool]:
        """Return whether for a task of one core, of two and of three."""
        return [ledger.roomsComing(WITHIN, n * ONE).contains("a") for n in (1, 2, 3)]

    assert kept() == [False, False, False]
    ledger.requestSuspend(1, False, 0)
    assert kept() == [False, True, False]
    ledger.requestSuspend(2, False, 0)
    assert kept() == [False, True, True]
    # Nothing is free that anybody could take.
    launch(jvm, ledger, 3, "a")
    assert kept() == [False, False, False]
