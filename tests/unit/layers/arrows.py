"""Who uses whom: an arrow for each use, and the circles that arrows form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Arrow(NamedTuple):
    """A module, package or file uses another."""

    user: str
    used: str
    """What of it: a module, a class, a package that is not ours."""
    where: str
    """File and line."""

    def __str__(self) -> str:
        return f"{self.where}: {self.user} -> {self.used}"


def circles(arrows: Iterable[Arrow]) -> Iterator[list[Arrow]]:
    """Return the arrows of each circle, the first of each pair."""
    first: dict[tuple[str, str], Arrow] = {}
    for arrow in arrows:
        if arrow.user != arrow.used:
            first.setdefault((arrow.user, arrow.used), arrow)
    leads_to = reached(first)
    groups = {frozenset(m for m in leads_to[n] if n in leads_to[m]) for n in leads_to}
    for group in filter(None, groups):
        yield [first[pair] for pair in sorted(first) if group.issuperset(pair)]


def reached(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return, for each node, those to which its arrows lead, on and on."""
    nexts: dict[str, set[str]] = defaultdict(set)
    for user, used in pairs:
        nexts[user].add(used)
        nexts[used]  # a node that uses nobody
    leads_to = {}
    for node in nexts:
        found: set[str] = set()
        new = set(nexts[node])
        while new:
            found |= new
            new = {n for f in new for n in nexts[f]} - found
        leads_to[node] = found
    return leads_to
