"""What another Spark has of what we lean on, and has not."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field

from dev.spark_members.bodies import body_hash
from dev.spark_members.jvm import offered
from dev.spark_members.listing import CLASS, PACKAGE, Listing, Owner
from dev.spark_members.names import signature
from dev.spark_members.pyspark_side import ATTRIBUTES, PySpark
from neptune_spark._start.class_files import ABSTRACT
from neptune_spark._start.spark_classes import SparkClasses

_JVM = "org.apache.spark."


@dataclass
class Comparison:
    """What to look at before Neptune runs on another Spark.

    Attributes
    ----------
    missing, changed, new, bodies : list[str]
        Members that are not there; those that have another signature; what could be overridden and
        could not before; those that do something else under the same signature.
    """

    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    @property
    def is_fine(self) -> bool:
        """Whether all is there as it was, whatever it does."""
        return not (self.missing or self.changed or self.new)

    def text(self) -> str:
        """Return all of it, for people to read."""
        parts = [
            ("missing", self.missing),
            ("has another signature", self.changed),
            ("new in what we extend", self.new),
            ("does something else, or was compiled otherwise", self.bodies),
        ]
        lines: list[str] = []
        for title, found in parts:
            lines += [f"{title}: {len(found)}", *(f"  {each}" for each in found)]
        return "\n".join(lines)


def compare(recorded: Listing, spark: SparkClasses, pyspark: PySpark) -> Comparison:
    """Look for all that a list has in another Spark.

    Parameters
    ----------
    recorded : Listing
        What we lean on, as it was in the Spark that the list was made with.
    spark, pyspark : SparkClasses, PySpark
        The other Spark.
    """
    found = Comparison()
    for name, owner in sorted(recorded.owners.items()):
        if name == ATTRIBUTES:
            found.missing += [
                f"{name}: {each} | {member.told_users()}"
                for each, member in owner.members.items()
                if each not in pyspark.attributes
            ]
        elif name.startswith(_JVM):
            _compare_class(found, name, owner, spark)
        else:
            has = {each: leaned.body for each, leaned in pyspark.names(name).items()}
            _compare_members(found, name, owner, has)
    return found


def _compare_class(found: Comparison, name: str, owner: Owner, spark: SparkClasses) -> None:
    of_class = name.replace(".", "/")
    if PACKAGE in owner.members:
        if not spark.has_package(of_class):
            found.missing.append(f"package {name} | {owner.members[PACKAGE].told_users()}")
        return
    if spark.find(of_class) is None:
        users = {user for member in owner.members.values() for user in member.users}
        moved = ", ".join(_elsewhere(of_class, spark))
        hint = f"; there is {moved}" if moved else ""
        told = ", ".join(sorted({*users, *owner.users}))
        found.missing.append(f"class {name}{hint} | {told or 'named only'}")
        return
    has = {CLASS: ""}
    for each in spark.ancestors(of_class):
        for member in (*each.fields, *each.methods):
            named = signature(member)
            # Most members are nobody's, and a hash takes its time.
            hashed = named in owner.members and member.code is not None
            has.setdefault(named, body_hash(each, member) if hashed else "")
    _compare_members(found, name, owner, has)
    if owner.users or owner.offers:
        known = {*owner.offers, *(each.split("(")[0] for each in owner.members)}
        found.new += [
            f"{name}.{each}" + (" (abstract)" if _is_abstract(of_class, each, spark) else "")
            for each in sorted(offered(spark, of_class) - known)
        ]


def _is_abstract(of_class: str, method: str, spark: SparkClasses) -> bool:
    declared = (m for c in spark.ancestors(of_class) for m in c.methods if m.name == method)
    return bool(next(declared).access & ABSTRACT)


def _compare_members(found: Comparison, name: str, owner: Owner, has: dict[str, str]) -> None:
    for each, member in owner.members.items():
        users = member.told_users()
        if each not in has:
            now = [other for other in has if _word(other) == _word(each)]
            if now:
                # The most alike of those of the same name.
                (alike,) = difflib.get_close_matches(each, now, 1, 0.0)
                found.changed.append(f"{name}.{each} | {users}\n      now {alike}")
            else:
                found.missing.append(f"{name}.{each} | {users}")
        elif member.body != has[each]:
            found.bodies.append(f"{name}.{each} | {users}")


def _word(of_signature: str) -> str:
    """The name, and whether it is a method."""
    return (
        of_signature.partition("(")[0] + "(" if "(" in of_signature else of_signature.split(":")[0]
    )


def _elsewhere(of_class: str, spark: SparkClasses) -> Iterator[str]:
    simple = "/" + of_class.rpartition("/")[2]
    return (each.replace("/", ".") for each in spark.names() if each.endswith(simple))
