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
#: The cores that each of the long one's waiting tasks needs.
MANY = [1] * 9


class Core:
    """A core that a long task holds while it is not lent to a short one."""

    def __init__(self, jvm: JVMView, order: str) -> None:
        self._jvm = jvm
        self._ledger: Any = jvm.neptune.core.CoreLedger()
        self._ledger.offered("1", ONE)
        self._level: Any = jvm.org.apache.spark.neptune.driver.sharing.Level(
            self._ledger, LEVEL, jvm.scala.Some(Order(jvm, order).scala),
            Function(1, lambda _entry: True),
        )  # fmt: skip
        self._parties: dict[str, Any] = {}
        self.now_ns = self.long_ns = 0
        self._launch(LONG_ID, self._party("long"))
        self._deal({"long": MANY})

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
        self._deal({"long": MANY})
        self._long_has(GAP_NS)

    def waits(self, name: str, cores: Sequence[int]) -> None:
        """Tasks that need so many cores each wait until their party is due the core."""
        self._deal({"long": MANY, name: cores})
        while self._party(name).dueNanocores() < ONE:
            assert self.now_ns < 100 * ONE, f"{name} starves"
            self._long_has(LOOK_NS)
            self._deal({"long": MANY, name: cores})

    def looked_at(self) -> list[str]:
        """The parties that a round looks at."""
        found: list[str] = []
        self._deal({"long": MANY})
        self._level.eachParty(Function(1, lambda party: found.append(party.name())))
        return found

    def used_ns(self, party: str) -> int:
        return int(self._level.get(party).get().usedCoreNs(self.now_ns))

    def _long_has(self, ns: int) -> None:
        self.now_ns += ns
        self.long_ns += ns

    def _party(self, name: str) -> Any:
        if name not in self._parties:
            make = self._jvm.org.apache.spark.neptune.driver.sharing.Party
            self._parties[name] = self._level.party(name, Function(0, lambda: make(name, LEVEL, 0)))
        return self._parties[name]

    def _launch(self, task_id: int, party: Any) -> None:
        none = scala_seq(self._jvm, []).toSet()
        self._ledger.launched(
            self._jvm.neptune.core.LaunchedTask(
                task_id, "1", ONE, LEVEL, True, 1, 1, "ANY", self.now_ns, none, False, WITHIN,
                scala_seq(self._jvm, [self._level.all(), party.account()]),
            )
        )  # fmt: skip

    def _deal(self, waiting: dict[str, Sequence[int]]) -> None:
        """Deal the core, where tasks of parties wait that need so many cores each."""
        self._level.beginRound(self.now_ns)
        for name, cores in waiting.items():
            party = self._party(name)
            self._level.sees(party, self.now_ns)
            for count in cores:
                party.waits(count * ONE, count * ONE, Function(0, scala_seq(self._jvm, []).toSet))
        getattr(self._level, "pendingNanocores_$eq")(sum(map(sum, waiting.values())) * ONE)
        self._level.deal(ONE, ONE, self.now_ns)


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


@pytest.mark.parametrize("order", ["fair", "feedback"])
def test_the_largest_tasks_of_a_party_do_not_keep_its_smaller_ones_from_too_few_cores(
    callbacks: JavaGateway, order: str
) -> None:
    core = Core(callbacks.jvm, order)
    core.waits("other", [2, 1])


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
    nowhere = scala_seq(jvm, []).toSet()
    for executor in ("a", "b"):
        ledger.offered(executor, 2 * ONE)
    for task_id, executor in enumerate("aabb", start=1):
        ledger.launched(
            jvm.neptune.core.LaunchedTask(
                task_id, executor, ONE, LEVEL, True, 1, 1, "ANY", 0, nowhere, False, BEYOND,
                scala_seq(jvm, []),
            )
        )  # fmt: skip

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
