"""Parties share a cluster in virtual time: nobody starves, nothing idles, and debts are paid."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Sequence
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py4j.java_gateway import JVMView

from tests.jvm.sharing import NO_LIMIT, ONE, QUANTUM, Cluster, Order, Party, Span

check_some = partial(settings, deadline=None, derandomize=True)
LONG = 10_000 * ONE
TASKS = st.lists(
    st.sampled_from([ONE // 10, ONE // 3, ONE, 3 * ONE]), min_size=1, max_size=12
) | st.integers(1, 12).map(lambda count: [4 * ONE] * count)
COMES = st.just(0) | st.integers(0, 80).map((ONE // 10).__mul__)
CORES = st.integers(1, 6)


def parties(some: Iterable[Party]) -> list[Party]:
    """Give them names, in order of arrival."""
    found = sorted(some, key=lambda party: party.comes_ns)
    for number, party in enumerate(found):
        party.name = f"p{number}"
    return found


PARTY = st.builds(Party, name=st.just(""), tasks=TASKS, comes_ns=COMES)
PARTIES = st.lists(PARTY, min_size=2, max_size=9).map(parties)
ALL_KINDS = st.lists(
    st.builds(
        Party,
        name=st.just(""),
        tasks=TASKS,
        comes_ns=COMES,
        weight=st.sampled_from([0.5, 1.0, 4.0]),
        least=st.sampled_from([0, 0, ONE]),
        most=st.sampled_from([NO_LIMIT, NO_LIMIT, ONE // 2, ONE, 2 * ONE, 3 * ONE]),
        per_task=st.sampled_from([ONE // 2, ONE, ONE, 2 * ONE]),
    ),
    min_size=1,
    max_size=6,
).map(parties)


def run(jvm: JVMView, name: str, cores: int, some: Sequence[Party], seconds: int) -> list[Span]:
    return list(Cluster(Order(jvm, name), cores, some).spans(seconds * ONE))


def waits(spans: Iterable[Span]) -> Iterable[tuple[str, float, float]]:
    """Return who had work and held no core, for how many quanta, and its least share meanwhile."""
    since: dict[str, tuple[int, float]] = {}
    for span in spans:
        for party in since.keys() - span.held.keys():
            del since[party]
        for party, held in span.held.items():
            if held:
                since.pop(party, None)
                continue
            at_ns, share = since.get(party, (span.since_ns, float("inf")))
            since[party] = at_ns, min(share, span.dues[party].share)
            yield party, (span.until_ns - at_ns) / QUANTUM, since[party][1]


def furthest_off(spans: Sequence[Span]) -> float:
    """Return by how many core-seconds a party was furthest off its share, in any window of time."""
    furthest = 0.0
    for party, due in spans[0].dues.items():
        off = itertools.accumulate(
            (span.ns * (span.held[party] - due.share) / ONE / ONE for span in spans), initial=0.0
        )
        reached = list(off)
        furthest = max(furthest, max(reached) - min(reached))
    return furthest


def test_equal_parties_split_the_cores_once_and_for_all(jvm: JVMView) -> None:
    some = [Party("a", [LONG] * 9), Party("b", [LONG] * 9, comes_ns=ONE // 2)]
    first, *later = run(jvm, "fair", 8, some, 30)
    assert first.held == {"a": 8 * ONE}
    assert [span.suspended for span in later] == [4] + [0] * (len(later) - 1)
    assert all(span.held == {"a": 4 * ONE, "b": 4 * ONE} for span in later)


def test_three_take_turns_on_two_cores(jvm: JVMView) -> None:
    spans = run(jvm, "fair", 2, [Party(name, [LONG] * 9) for name in "abc"], 30)
    assert all(span.ns == QUANTUM for span in spans)
    # In each quantum one gives its core to the one that had none.
    assert [span.suspended for span in spans] == [0] + [1] * 29
    assert [span.held["c"] // ONE for span in spans[:6]] == [0, 1, 1, 0, 1, 1]
    assert furthest_off(spans) <= 1


def test_weights_are_met_within_a_quantum_of_one_task(jvm: JVMView) -> None:
    @check_some(max_examples=12)
    @given(count=st.integers(2, 7), cores=CORES)
    def equal(count: int, cores: int) -> None:
        some = [Party(f"p{i}", [LONG] * 9) for i in range(count)]
        assert furthest_off(run(jvm, "fair", cores, some, 25)) <= 1

    @check_some(max_examples=20)
    @given(
        weights=st.lists(st.sampled_from([0.1, 0.5, 1.0, 2.0, 7.0]), min_size=2, max_size=6),
        cores=CORES,
    )
    def weighted(weights: list[float], cores: int) -> None:
        some = [Party(f"p{i}", [LONG] * 9, weight=weight) for i, weight in enumerate(weights)]
        # One task too many, and later one too few.
        assert furthest_off(run(jvm, "fair", cores, some, 40)) <= 2

    equal()
    weighted()


@pytest.mark.parametrize("name", ["spark", "fair", "feedback"])
def test_no_core_idles_and_nobody_goes_beyond_a_limit(jvm: JVMView, name: str) -> None:
    @check_some(max_examples=20)
    @given(some=ALL_KINDS, cores=CORES)
    def check(some: list[Party], cores: int) -> None:
        capacity = cores * ONE
        for span in run(jvm, name, cores, some, 500):
            rest = capacity - sum(span.held.values())
            assert rest >= 0
            for party, held in span.held.items():
                claim = span.claims[party]
                assert held <= max(claim.per_task, claim.most)
                assert held + claim.per_task > claim.usable or rest < claim.per_task
                due = span.dues[party]
                assert abs(due.owed) <= max(due.share, claim.per_task) + 1
        fit = [party for party in some if party.per_task <= capacity]
        assert not any(party.wanted for party in fit)

    check()


def test_nobody_waits_for_longer_than_for_all_others_to_have_a_quantum(jvm: JVMView) -> None:
    @check_some(max_examples=20)
    @given(some=PARTIES, cores=CORES)
    def check(some: list[Party], cores: int) -> None:
        for _, quanta, _ in waits(run(jvm, "fair", cores, some, 500)):
            assert quanta <= len(some) / cores + 2

    check()


@pytest.mark.parametrize("name", ["fair", "feedback"])
def test_nobody_waits_for_much_longer_than_its_share_makes_it(jvm: JVMView, name: str) -> None:
    """It pays for one task that it owes, and for the next, and others may be owed as much."""

    @check_some(max_examples=20)
    @given(some=st.one_of(PARTIES, ALL_KINDS), cores=CORES)
    def check(some: list[Party], cores: int) -> None:
        fit = [party for party in some if party.per_task <= cores * ONE]
        per_task = {party.name: party.per_task for party in fit}
        for party, quanta, share in waits(run(jvm, name, cores, fit, 500)):
            # Others' minimums may be all that there is.
            if share > 0:
                assert quanta <= 2 * per_task[party] / share + len(fit) + 4

    check()


def test_newcomers_run_at_once_beside_whatever_holds_the_cores(jvm: JVMView) -> None:
    @check_some(max_examples=12)
    @given(cores=CORES, long=st.integers(1, 5), tenths=st.integers(0, 20), data=st.data())
    def check(cores: int, long: int, tenths: int, data: st.DataObject) -> None:
        comes_ns = 12 * ONE + tenths * ONE // 10
        count = data.draw(st.integers(1, cores))
        some = [Party(f"long {i}", [LONG] * 9) for i in range(long)]
        some += [Party(f"new {i}", [ONE // 4] * 3, comes_ns=comes_ns) for i in range(count)]
        spans = Cluster(Order(jvm, "feedback"), cores, some).spans(LONG)
        began = next(span for span in spans if span.since_ns == comes_ns)
        assert all(began.held[f"new {i}"] for i in range(count))

    check()


@pytest.mark.parametrize(
    ("cores", "long"), [(1, 1), (1, 3), (2, 1), pytest.param(4, 5, marks=pytest.mark.beyond_ci)]
)
def test_newcomers_without_end_have_their_share_only(jvm: JVMView, cores: int, long: int) -> None:
    # Twice as many of half a core-second as the cores could serve.
    some = [Party(f"long {i}", [LONG] * 9) for i in range(long)]
    some += [
        Party(f"new {i}", [ONE // 2], comes_ns=20 * ONE + i * ONE // (4 * cores))
        for i in range(4 * cores * 20)
    ]
    spans = run(jvm, "feedback", cores, some, 40)
    crowded = [span for span in spans if span.since_ns >= 20 * ONE]
    used = sum(
        span.ns * held / ONE / ONE
        for span in crowded
        for party, held in span.held.items()
        if party.startswith("long")
    )
    # A third of the time, but for what newcomers were advanced, and whole tasks.
    assert used == pytest.approx(20 * cores / 3, abs=cores + 1)


def test_first_come_first_served_is_the_order_of_arrival(jvm: JVMView) -> None:
    @check_some(max_examples=20)
    @given(some=PARTIES, cores=CORES)
    def check(some: list[Party], cores: int) -> None:
        cluster = Cluster(Order(jvm, "spark"), cores, some)
        assert not any(span.suspended for span in cluster.spans(500 * ONE))
        assert cluster.ended_ns == in_order(some, cores)

    check()


def in_order(some: Sequence[Party], cores: int) -> dict[str, int]:
    """Return when each has ended if all tasks start in order of arrival, on the next free core."""
    free_ns = [0] * cores
    ended: dict[str, int] = {}
    for party in some:
        for task_ns in party.tasks:
            end_ns = max(party.comes_ns, heapq.heappop(free_ns)) + task_ns
            heapq.heappush(free_ns, end_ns)
            ended[party.name] = max(ended.get(party.name, 0), end_ns)
    return ended
