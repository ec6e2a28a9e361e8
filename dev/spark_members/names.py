"""Names and signatures of the JVM, as people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from neptune_spark._start.class_files import Member

_PRIMITIVE = {
    "B": "byte",
    "C": "char",
    "D": "double",
    "F": "float",
    "I": "int",
    "J": "long",
    "S": "short",
    "V": "void",
    "Z": "boolean",
}
# What goes without saying.
_KNOWN = re.compile(r"^(java\.lang|org\.apache\.spark)\.")
_TYPE = re.compile(r"(\[*)(?:L([^;]+);|([BCDFIJSVZ]))")


def dotted(name: str) -> str:
    """A class's name with dots."""
    return name.replace("/", ".")


def file_of(name: str) -> str:
    """The simple name of the outermost class, which is nearly always the name of its file."""
    return name.rpartition("/")[2].split("$")[0]


def signature(member: Member) -> str:
    """A field as `name: type`, a method as `name(type, type): type`.

    Types of Spark's are named from `org.apache.spark` on.
    """
    types = list(_types(member.descriptor))
    if not member.descriptor.startswith("("):
        return f"{member.name}: {types[0]}"
    return f"{member.name}({', '.join(types[:-1])}): {types[-1]}"


def _types(descriptor: str) -> Iterator[str]:
    for array, of_class, primitive in _TYPE.findall(descriptor):
        name = dotted(of_class) if of_class else _PRIMITIVE[primitive]
        yield _KNOWN.sub("", name) + "[]" * len(array)
