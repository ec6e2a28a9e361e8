"""The list of what we lean on, as text: a section for each class or module, a line each member."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

#: The recorded lists, one for each line of Spark.
RECORDED = Path(__file__).parent / "recorded"

_HEAD = "# What Neptune leans on in Spark "
_OFFERS = "may override: "
#: Before a user that overrides a method.
OVERRIDES = "overridden in "
#: Members' lines for what we only know by its name.
CLASS, PACKAGE = "class", "package"


@dataclass
class Leaned:
    """A member that we lean on.

    Attributes
    ----------
    body : str
        The hash of what it does; empty where there is none.
    users : list[str]
        Our files that lean on it; with a word before where they do more than name or call it.
    """

    body: str = ""
    users: list[str] = field(default_factory=list)

    def told_users(self) -> str:
        """Return the users as text: one that overrides a method nearly always calls it, too."""
        overriding = {user.replace(OVERRIDES, "") for user in self.users if OVERRIDES in user}
        return _joined(set(self.users) - overriding)


@dataclass
class Owner:
    """A class or a module, and what we lean on in it.

    Attributes
    ----------
    users : list[str]
        Our files that extend the class.
    members : dict[str, Leaned]
        By signature.
    offers : list[str]
        Names of what we could override, if we extend the class, and do not.
    """

    users: list[str] = field(default_factory=list)
    members: dict[str, Leaned] = field(default_factory=dict)
    offers: list[str] = field(default_factory=list)


@dataclass
class Listing:
    """All that we lean on in one release of Spark."""

    release: str
    owners: dict[str, Owner] = field(default_factory=dict)

    def owner(self, name: str) -> Owner:
        """Return the owner of that name, made if need be."""
        return self.owners.setdefault(name, Owner())

    def text(self) -> str:
        """Return the list as it is recorded."""
        lines = [
            f"{_HEAD}{self.release}, written by `make spark-members`: signature | hash of what it",
            "# does | our files that use it.",
        ]
        for name, owner in sorted(self.owners.items()):
            extended = f" | extended by {_joined(owner.users)}" if owner.users else ""
            lines += ["", name + extended]
            for signature, member in sorted(owner.members.items()):
                lines.append(f"  {signature} | {member.body or '-'} | {member.told_users()}")
            if owner.offers:
                wrapped = textwrap.TextWrapper(
                    100, f"  {_OFFERS}", "    ", break_long_words=False, break_on_hyphens=False
                )
                lines += wrapped.wrap(_joined(owner.offers))
        return "\n".join([*lines, ""])


def read(text: str) -> Listing:
    """Return the list that was written as text."""
    lines = iter(text.splitlines())
    listing = Listing(next(lines).replace(_HEAD, "").split(",")[0])
    owner = Owner()
    for line in lines:
        if line.startswith("    "):
            owner.offers += _split(line)
        elif line.startswith(f"  {_OFFERS}"):
            owner.offers = _split(line.replace(_OFFERS, ""))
        elif line.startswith("  "):
            signature, body, users = line.strip().split(" | ")
            owner.members[signature] = Leaned(body.strip("-"), _split(users))
        elif line and not line.startswith("#"):
            name, _, users = line.partition(" | extended by ")
            owner = listing.owner(name)
            owner.users = _split(users)
    return listing


def _joined(words: Iterable[str]) -> str:
    return ", ".join(sorted(set(words)))


def _split(text: str) -> list[str]:
    return [word for word in text.strip().rstrip(",").split(", ") if word]
