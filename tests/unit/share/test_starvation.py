"""The vendor's rule, whose time is told."""

from __future__ import annotations

from neptune_bench.share.starvation import Pool, Rule


def test_only_who_starves_for_long_enough_has_others_killed() -> None:
    rule = Rule(cores=2, starved_s=30.0)
    pools = {"a": Pool((1, 2), 5), "b": Pool((), 3)}
    assert rule.victims(0.0, pools) == rule.victims(29.9, pools) == {}
    # The youngest, for the one core that is its share.
    assert rule.victims(30.0, pools) == {"b": [2]}
    # The time begins anew.
    assert rule.victims(59.9, pools) == {}
    assert rule.victims(60.0, pools) == {"b": [2]}


def test_a_task_in_between_or_no_wish_ends_starving() -> None:
    starving = {"a": Pool((1, 2), 5), "b": Pool((), 3)}
    for other in (Pool((3,), 3), Pool((), 0)):
        rule = Rule(cores=2, starved_s=30.0)
        rule.victims(0.0, starving)
        assert rule.victims(20.0, {**starving, "b": other}) == {}
        assert rule.victims(40.0, starving) == {}
        assert rule.victims(70.0, starving) == {"b": [2]}


def test_half_of_the_share_is_enough() -> None:
    rule = Rule(cores=8, starved_s=1.0)
    pools = {"a": Pool((1, 2, 3, 4, 5, 6), 5), "b": Pool((7, 8), 3)}
    assert rule.victims(0.0, pools) == rule.victims(5.0, pools) == {}
    poorer = {"a": Pool((1, 2, 3, 4, 5, 6, 7), 5), "b": Pool((8,), 3)}
    assert rule.victims(6.0, poorer) == {}
    # Up to its share of four, but nobody is left with less than that.
    assert rule.victims(7.0, poorer) == {"b": [7, 6, 5]}


def test_no_task_is_killed_for_two() -> None:
    rule = Rule(cores=2, starved_s=1.0)
    pools = {name: Pool((), 1) for name in "abcd"} | {"e": Pool((1,), 9), "f": Pool((2,), 9)}
    rule.victims(0.0, pools)
    found = rule.victims(1.0, pools)
    assert sorted(task for tasks in found.values() for task in tasks) == [1, 2]
    assert len(found) == 2


def test_no_more_than_what_it_wants() -> None:
    rule = Rule(cores=8, starved_s=1.0)
    pools = {"a": Pool(tuple(range(8)), 5), "b": Pool((), 2)}
    rule.victims(0.0, pools)
    assert rule.victims(1.0, pools) == {"b": [7, 6]}


def test_nobody_is_there() -> None:
    assert Rule(cores=2, starved_s=1.0).victims(0.0, {}) == {}
