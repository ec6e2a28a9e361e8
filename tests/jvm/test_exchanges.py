"""Which suspended tasks come back, and who yields for them, on the same executors."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JavaGateway, JVMView

from tests.jvm.functions import Function, scala_seq

ONE = 1_000_000_000
LEVEL = 0
WITHIN, HELD = 2 * LEVEL + 1, -(2**63)


class Level:
    """Parties on executors of a core each: the first lacks one, and has tasks suspended."""

    def __init__(self, jvm: JVMView) -> None:
        self._jvm = jvm
        sharing = jvm.org.apache.spark.neptune.driver.sharing
        self.ledger: Any = jvm.neptune.core.CoreLedger()
        self._parties = {name: sharing.Party(name, LEVEL, 0) for name in ("lacks", "owes", "new")}
        self._all = jvm.neptune.core.Account("all")
        self._exchanges = sharing.Exchanges(self.ledger, LEVEL, Function(1, lambda _entry: True))
        self._tasks = 0
        self.have(1)

    def have(self, cores: int) -> None:
        """Each executor has so many cores."""
        for executor in ("1", "2"):
            self.ledger.offered(executor, cores * ONE)

    def launch(self, party: str | None, executor: str, rank: int = WITHIN) -> int:
        accounts = [self._all] + ([self._parties[party].account()] if party else [])
        self._tasks += 1
        none = scala_seq(self._jvm, []).toSet()
        self.ledger.launched(
            self._jvm.neptune.core.LaunchedTask(
                self._tasks, executor, ONE, LEVEL, True, 1, 1, "ANY", 0, none, False, rank,
                scala_seq(self._jvm, accounts),
            )
        )  # fmt: skip
        return self._tasks

    def suspended(self, party: str, executor: str) -> int:
        task_id = self.launch(party, executor)
        self.ledger.suspended(task_id, self.ledger.requestSuspend(task_id, False, 0).get(), 0)
        return task_id

    def wait(self, *waiting: tuple[int, int], barred: str = "") -> None:
        """So many tasks of a party that has none yet, and whose turn it is, wait, of so many cores
        each."""
        party, nowhere = self._parties["new"], scala_seq(self._jvm, [barred]).toSet()
        party.beginRound()
        for tasks, cores in waiting:
            party.waits(tasks * cores * ONE, cores * ONE, Function(0, lambda: nowhere))
        getattr(party, "turn_$eq")(-1)

    def look(
        self, owes_due: int, lacks_due: int = 1, new_due: int = 0
    ) -> tuple[set[int], set[int]]:
        """Return who comes back, and who yields, if the first party is due one core, or more."""
        for name, cores in (("lacks", lacks_due), ("owes", owes_due), ("new", new_due)):
            getattr(self._parties[name], "dueNanocores_$eq")(cores * ONE)
        self._exchanges.look(scala_seq(self._jvm, self._parties.values()).iterator())
        entries = {i: self.ledger.get(i).get() for i in range(1, self._tasks + 1)}
        return (
            {i for i, entry in entries.items() if self._exchanges.returnsFirst(entry)},
            {i for i, entry in entries.items() if self._exchanges.yieldsFirst(entry)},
        )


@pytest.fixture
def level(callbacks: JavaGateway) -> Level:
    return Level(callbacks.jvm)


def test_the_one_launched_first_comes_back_where_one_yields(level: Level) -> None:
    back = [level.suspended("lacks", executor) for executor in ("1", "2")]
    yields = [level.launch("owes", executor) for executor in ("1", "2")]
    assert level.look(owes_due=1) == ({back[0]}, {yields[0]})


def test_a_core_too_many_has_to_come_free_first(level: Level) -> None:
    """A task was rescued on the first executor, so that two would have to yield there."""
    back = [level.suspended("lacks", executor) for executor in ("1", "2")]
    yields = [level.launch("owes", executor) for executor in ("1", "2")]
    level.launch(None, "1")
    assert level.look(owes_due=1) == ({back[1]}, {yields[1]})


def test_nobody_yields_for_what_a_limit_holds(level: Level) -> None:
    """One of them runs beside what is due, since others wait for what it holds."""
    back = level.suspended("lacks", "1")
    yields = level.launch("owes", "1")
    level.launch("owes", "2", HELD)
    assert level.look(owes_due=1) == (set(), set())
    assert level.look(owes_due=0) == ({back}, {yields})


def test_the_cores_of_a_task_that_needs_several_come_free_on_one_executor(level: Level) -> None:
    level.have(2)
    owes = [level.launch("owes", e) for e in ("1", "1", "2", "2")]
    level.wait((1, 2))
    assert level.look(owes_due=2, new_due=2) == (set(), set(owes[:2]))
    level.wait((1, 2), barred="1")
    assert level.look(owes_due=2, new_due=2) == (set(), set(owes[2:]))
    level.wait((9, 2))
    assert level.look(owes_due=0, new_due=4) == (set(), set(owes))
    # Any core will do for tasks of one, wherever its party suspends one.
    level.wait((2, 1))
    assert level.look(owes_due=2, new_due=2) == (set(), set())


def test_what_the_largest_tasks_cannot_have_is_for_the_smaller_ones(level: Level) -> None:
    level.have(3)
    owes = [level.launch("owes", e) for e in ("1", "1", "1", "2", "2", "2")]
    # No executor has four cores.
    level.wait((1, 2), (1, 4))
    assert level.look(owes_due=2, new_due=4) == (set(), set(owes[1:3]))
    # Three can be had, and leave one of what is due.
    level.wait((1, 2), (1, 3))
    assert level.look(owes_due=2, new_due=4) == (set(), set(owes[:3]))
    level.wait((2, 2), (1, 3))
    assert level.look(owes_due=1, new_due=5) == (set(), {*owes[:3], *owes[4:]})


def test_who_can_come_back_in_one_place_only_is_first(level: Level) -> None:
    level.have(2)
    back = level.suspended("lacks", "2")
    owes = [level.launch("owes", e) for e in ("1", "1", "2", "2")]
    level.wait((1, 2))
    assert level.look(owes_due=2, new_due=2) == ({back}, {owes[3]})
