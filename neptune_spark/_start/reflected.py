"""What our classes use of Spark by reflection, where no compiler checks that Spark has it.

The Scala object `Reflected` is the only way to do so. What its callers name stands before each call
as literals, in their byte code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from neptune_spark._start.class_files import LDC, LDC_W, ClassFile, Member
from neptune_spark._start.spark_classes import SparkClasses

#: The list in our jar, which the plugin checks against the running Spark (BuildCheck.scala).
REFLECTED_LIST = "neptune-reflected.txt"

_REFLECTED = "org/apache/spark/neptune/compat/Reflected$"
_CHECKED = ("field", "className")
_PARAMETER = re.compile(r"\[*(?:L[^;]+;|[A-Z])")


class Reflected(NamedTuple):
    """A class of Spark's, or a field of one, that is named in a call of `Reflected`.

    Attributes
    ----------
    owner : str
        The class, such as `org.apache.spark.SparkEnv`.
    field : str
        The field; empty where the class alone is named.
    type : str
        The class that the field must be of; empty where any will do.
    user : str
        Our class that names it.
    """

    owner: str
    field: str
    type: str
    user: str

    def __str__(self) -> str:
        """Return what it is, in words."""
        if not self.field:
            return f"class {self.owner}"
        kind = f" of type {self.type}" if self.type else ""
        return f"field {self.field}{kind} of class {self.owner}"


def reflected_in(classes: Iterable[bytes]) -> list[Reflected]:
    """Return what classes use of Spark by reflection.

    Parameters
    ----------
    classes : Iterable[bytes]
        The contents of our class files.

    Raises
    ------
    ValueError
        When something is not named by a literal.
    """
    # A class that does not name the object does not call it.
    users = [ClassFile(data) for data in classes if _REFLECTED.encode() in data]
    return sorted(
        {
            found
            for user in users
            if user.name.rstrip("$") != _REFLECTED.rstrip("$")
            for method in user.methods
            for found in _of_method(user, method)
        }
    )


def _of_method(user: ClassFile, method: Member) -> Iterable[Reflected]:
    instructions = list(user.instructions(method))
    for at, instruction in enumerate(instructions):
        called = instruction.constant or ("",)
        if called[:2] == ("method", _REFLECTED) and called[2] in _CHECKED:
            count = len(_PARAMETER.findall(called[3].split(")")[0]))
            loaded = instructions[max(0, at - count) : at]
            literals = [i.constant[1] for i in loaded if i.opcode in (LDC, LDC_W) and i.constant]
            if len(literals) != count:
                raise ValueError(
                    f"{user.name}.{method.name} calls Reflected.{called[2]}: its arguments must be "
                    "literals, classOf[...] or a string."
                )
            owner, field, kind = (*literals, "", "")[:3]
            name = user.name.split("$")[0]
            yield Reflected(*(word.replace("/", ".") for word in (owner, field, kind, name)))


def absent(members: Iterable[Reflected], spark: SparkClasses) -> list[Reflected]:
    """Return those that a Spark has not got."""
    return [each for each in members if not _has(spark, each)]


def _has(spark: SparkClasses, wanted: Reflected) -> bool:
    owner = spark.find(wanted.owner.replace(".", "/"))
    if owner is None or not wanted.field:
        return owner is not None
    types = [f.descriptor for f in owner.fields if f.name == wanted.field]
    of_class = "L" + wanted.type.replace(".", "/") + ";"
    return bool(types) and (not wanted.type or types == [of_class])


def reflected_list(classes: Iterable[bytes]) -> dict[str, bytes]:
    """Return the list for the jar, by its name there; none where there is nothing to list.

    A line each, with tabs between class, field and type.
    """
    lines = dict.fromkeys("\t".join(member[:3]) for member in reflected_in(classes))
    return {REFLECTED_LIST: "".join(f"{line}\n" for line in lines).encode()} if lines else {}
