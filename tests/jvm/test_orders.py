"""Who is due how many cores: what must hold of every order, and examples of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

from tests.jvm.sharing import NO_LIMIT, ONE, QUANTUM, Claim, Due, Order, longs

SHARING = ["fair", "feedback"]
HALF = ONE // 2
CLAIM = st.builds(
    Claim,
    party=st.just(""),
    wanted=st.integers(0, 12).map(HALF.__mul__),
    weight=st.sampled_from([0.1, 1.0, 1.0, 2.0, 7.0]),
    least=st.sampled_from([0, 0, ONE, 3 * ONE]),
    most=st.sampled_from([NO_LIMIT, NO_LIMIT, 0, HALF, 2 * ONE, 3 * ONE + 1]),
    per_task=st.sampled_from([HALF, ONE, ONE, 2 * ONE, 3 * ONE]),
    held=st.integers(0, 4).map(ONE.__mul__),
    used=st.sampled_from([0, HALF, 2 * ONE, 20 * ONE, 400 * ONE]),
)
ROUND = st.tuples(st.lists(CLAIM, max_size=5), st.integers(0, 9), st.integers(0, 2))


def nanocores(dues: Iterable[Due]) -> dict[str, int]:
    return {due.party: due.nanocores for due in dues}


def cores(dues: Iterable[Due]) -> dict[str, float]:
    return {party: due / ONE for party, due in nanocores(dues).items()}


def claims(*wanted: int, used: int = 0) -> list[Claim]:
    """Return the claims of `a`, `b`, and so on, to so many cores each."""
    return [Claim("abcdefgh"[i], cores * ONE, used=used) for i, cores in enumerate(wanted)]


def used_up(*wanted: int, used: Sequence[int] = ()) -> list[Claim]:
    """Return the same of parties that have used so many core-seconds."""
    return [
        Claim(claim.party, claim.wanted, used=seconds * ONE)
        for claim, seconds in zip(claims(*wanted), used or [0] * len(wanted))
    ]


@pytest.mark.parametrize(
    ("least", "wanted", "parts"),
    [
        (2, [4, 4], [1, 1]),
        (3, [4, 4], [1.5, 1.5]),
        (3, [1, 9, 9], [1, 1, 1]),
        (4, [1, 9], [1, 3]),
        (4, [1, 1], [1, 1]),
        (4, [0, 9], [0, 4]),
        (4, [9], [4]),
        (4, [0, 0], [0, 0]),
    ],
)
def test_a_common_minimum_is_shared_by_what_each_wants(
    jvm: JVMView, least: int, wanted: list[int], parts: list[float]
) -> None:
    found = jvm.neptune.order.SharedMinimum.parts(
        least * ONE, longs(jvm, [cores * ONE for cores in wanted])
    )
    assert [int(part) / ONE for part in found.mkString(" ").split()] == parts


@pytest.mark.parametrize("name", SHARING)
def test_all_is_due_to_somebody_but_nothing_beyond_a_limit(jvm: JVMView, name: str) -> None:
    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(rounds=st.lists(ROUND, min_size=1, max_size=3))
    def check(rounds: list[tuple[list[Claim], int, int]]) -> None:
        order = Order(jvm, name)
        now_ns = 0
        for some, halves, quanta in rounds:
            told = [
                Claim(**{**vars(claim), "party": f"p{i}", "used": claim.used + now_ns})
                for i, claim in enumerate(some)
            ]
            capacity = halves * HALF
            dues, again_ns = order.deal(told, capacity, now_ns)
            sound(told, dues, capacity)
            assert again_ns is None or now_ns < again_ns <= now_ns + QUANTUM
            # Within the quantum, nothing changes by being asked for again.
            again, _ = order.deal(told, capacity, now_ns + QUANTUM // 3)
            assert nanocores(again) == nanocores(dues)
            now_ns += QUANTUM // 2 + quanta * QUANTUM // 2

    check()


def sound(told: list[Claim], dues: list[Due], capacity: int) -> None:
    due = nanocores(dues)
    by_party = {claim.party: claim for claim in told}
    assert set(due) == {claim.party for claim in told if claim.usable}
    for party, amount in due.items():
        claim = by_party[party]
        assert 0 <= amount <= claim.usable
        # Whole tasks, but that the last one that is wanted may be smaller.
        assert amount % claim.per_task == 0 or amount == claim.usable
    rest = capacity - sum(due.values())
    assert rest >= 0
    for party, amount in due.items():
        claim = by_party[party]
        assert amount == claim.usable or rest < min(claim.per_task, claim.usable - amount)
    assert sum(d.share for d in dues) == pytest.approx(
        min(capacity, sum(claim.usable for claim in told)), abs=1.0
    )
    for d in dues:
        assert abs(d.owed) <= max(d.share, by_party[d.party].per_task) + 1


def test_first_come_first_served_leaves_everything_to_the_pools(jvm: JVMView) -> None:
    """Whatever others want, and however few cores there are: nobody is to be suspended for it."""
    some = [Claim("", 9 * ONE), Claim("limited", 9 * ONE, most=3 * ONE + HALF)]
    dues, again_ns = Order(jvm, "spark").deal(some, 4 * ONE, 0)
    assert nanocores(dues) == {"": NO_LIMIT, "limited": 3 * ONE}
    assert [due.party for due in dues] == ["", "limited"]
    assert again_ns is None


@pytest.mark.parametrize("name", SHARING)
@pytest.mark.parametrize(
    ("capacity", "wanted", "due"),
    [
        (8, [20], [8]),
        (8, [3], [3]),
        (8, [20, 20], [4, 4]),
        (8, [20, 1], [7, 1]),
        (12, [20, 1, 20, 5], [4, 1, 4, 3]),
        (0, [20, 1], [0, 0]),
    ],
)
def test_equal_parties_have_equal_shares_of_what_others_leave(
    jvm: JVMView, name: str, capacity: int, wanted: list[int], due: list[int]
) -> None:
    dues, again_ns = Order(jvm, name).deal(claims(*wanted), capacity * ONE, 0)
    assert cores(dues) == dict(zip("abcd", due))
    # Where there are cores for all, or only one wants them, there is nothing to wait for.
    assert (again_ns is None) == (len(wanted) == 1 or sum(wanted) <= capacity)


def test_weights_minimums_and_limits(jvm: JVMView) -> None:
    def due(*some: Claim) -> list[float]:
        dues = cores(Order(jvm, "fair").deal(some, 12 * ONE, 0)[0])
        return [dues[claim.party] for claim in some]

    many = 50 * ONE
    assert due(Claim("a", many, weight=3.0), Claim("b", many)) == [9, 3]
    assert due(Claim("a", many), Claim("b", many, least=8 * ONE)) == [4, 8]
    # A minimum is a part of the share, not more beside it.
    assert due(Claim("a", many), Claim("b", many, least=5 * ONE)) == [6, 6]
    assert due(Claim("a", many), Claim("b", many, most=2 * ONE), Claim("c", many)) == [5, 2, 5]
    # What it does not want of its minimum is left to others.
    assert due(Claim("a", many), Claim("b", 2 * ONE, least=8 * ONE)) == [10, 2]
    # Minimums that cannot be had are cut alike.
    assert due(Claim("a", many, least=16 * ONE), Claim("b", many, least=8 * ONE)) == [8, 4]


def test_who_is_owed_most_launches_first(jvm: JVMView) -> None:
    order = Order(jvm, "fair")
    order.deal(used_up(9, 9, 9), 2 * ONE, 0)
    dues, _ = order.deal(used_up(9, 9, 9, used=[1, 0, 1]), 2 * ONE, QUANTUM)
    assert [due.party for due in dues] == ["b", "a", "c"]


def test_who_was_dealt_a_core_keeps_it_for_the_quantum_whoever_comes(jvm: JVMView) -> None:
    order = Order(jvm, "fair")
    order.deal(used_up(9, 9, 9), 2 * ONE, 0)
    # c is owed two thirds of a core-second, and a and b owe half of that each.
    assert cores(order.deal(used_up(9, 9, 9, used=[1, 1, 0]), 2 * ONE, QUANTUM)[0]) == {
        "a": 1, "b": 0, "c": 1,
    }  # fmt: skip
    more = used_up(9, 9, 9, 9, used=[1, 1, 0, 0])
    assert cores(order.deal(more, 2 * ONE, QUANTUM * 3 // 2)[0])["a"] == 1
    # d has waited for its turn, as b has.
    later = used_up(9, 9, 9, 9, used=[2, 1, 1, 0])
    assert cores(order.deal(later, 2 * ONE, 2 * QUANTUM)[0]) == {"a": 0, "b": 1, "c": 0, "d": 1}


def test_what_nobody_can_use_is_not_the_debt_of_all_others_for_ever(jvm: JVMView) -> None:
    order = Order(jvm, "fair")
    for second in range(10):
        dues, _ = order.deal(used_up(9, 9, 9, used=[0, second, second]), 2 * ONE, second * QUANTUM)
    # a could not run, for whatever reason, and b and c have had what it was due.
    owed = {due.party: due.owed for due in dues}
    assert owed == {"a": ONE, "b": -HALF, "c": -HALF}


def test_bands_and_arrival_say_who_launches_first_and_bands_share_two_to_one(jvm: JVMView) -> None:
    used = {"a": 500, "b": 20, "c": 0, "d": 20, "e": 0}
    some = [Claim(party, 50 * ONE, used=s * ONE) for party, s in used.items()]
    dues, _ = Order(jvm, "feedback").deal(some, 28 * ONE, 0)
    assert [due.party for due in dues] == ["c", "e", "b", "d", "a"]
    # Three bands are in use: 16, 8 and 4.
    assert cores(dues) == {"c": 8, "e": 8, "b": 4, "d": 4, "a": 4}


def test_a_newcomer_is_due_a_task_at_once(jvm: JVMView) -> None:
    order = Order(jvm, "feedback")
    long = claims(9, 9, 9, 9, used=20 * ONE)
    assert sorted(cores(order.deal(long, 2 * ONE, 0)[0]).values()) == [0, 0, 1, 1]
    first = [*long, Claim("new", ONE)]
    assert cores(order.deal(first, 2 * ONE, QUANTUM // 10)[0])["new"] == 1
    # One more has the last core; a third has to wait, for these two, not for the long ones.
    second = [*first, Claim("newer", ONE), Claim("newest", ONE)]
    dues = cores(order.deal(second, 2 * ONE, QUANTUM // 5)[0])
    assert (dues["new"], dues["newer"], dues["newest"]) == (1, 1, 0)


@pytest.mark.parametrize("name", SHARING)
def test_tiny_tasks_are_not_dealt_one_by_one(jvm: JVMView, name: str) -> None:
    """There are a billion of them in a core: that would take minutes."""
    order = Order(jvm, name)
    order.deal([Claim("a", 9 * ONE, per_task=1), Claim("b", 9 * ONE)], 2 * ONE, 0)
    # What a owes, and nobody else wants, is left over.
    some = [Claim("a", 2 * ONE, per_task=1, used=2 * ONE), Claim("b", HALF, per_task=HALF)]
    dues, _ = order.deal(some, 2 * ONE, QUANTUM)
    assert nanocores(dues) == {"a": 2 * ONE - HALF, "b": HALF}


def test_idle_parties_are_owed_nothing_and_are_forgotten(jvm: JVMView) -> None:
    order = Order(jvm, "fair")
    order.deal(claims(1, 1), ONE, 0)
    used = [Claim("a", ONE, used=ONE), Claim("b", ONE)]
    owed = {due.party: due.owed for due in order.deal(used, ONE, QUANTUM)[0]}
    assert owed == {"a": -HALF, "b": HALF}
    # Only b has gone; what a owes, it owes no one else.
    order.deal([*used[:1], Claim("b", 0)], ONE, QUANTUM)
    dues, _ = order.deal(used, ONE, QUANTUM)
    assert {due.party: due.owed for due in dues} == {"a": -HALF, "b": 0}
    order.deal([], ONE, QUANTUM)
    assert {due.owed for due in order.deal(used, ONE, QUANTUM)[0]} == {0}


@pytest.mark.parametrize("bands", [[], [1], [0, 5, 5], [0, 5, 3]])
def test_bands_begin_with_0_and_ascend(jvm: JVMView, bands: list[int]) -> None:
    with pytest.raises(Py4JJavaError, match="bands must begin with 0 and ascend"):
        Order(jvm, "feedback", bands)
