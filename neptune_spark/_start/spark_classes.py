"""The classes in a Spark's jars, read from there when they are asked for."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from neptune_spark._start.class_files import ClassFile, Member


class SparkClasses:
    """All that a directory of jars has below `org/apache/spark/`.

    Parameters
    ----------
    jars : Path
        The directory; of a class that several of its jars have, the first by name counts.
    """

    def __init__(self, jars: Path) -> None:
        # Nearly all that is asked for is in Spark's own jars; the others are opened if need be.
        self._left = sorted(jars.glob("*.jar"), key=lambda jar: (jar.name[:6] != "spark-", jar))
        self._where: dict[str, zipfile.ZipFile] = {}
        self._read: dict[str, ClassFile | None] = {}

    def find(self, name: str) -> ClassFile | None:
        """Return a class by its name as the JVM has it; None where there is none."""
        if name not in self._read:
            entry = name + ".class"
            while entry not in self._where and self._left and name.startswith("org/apache/spark/"):
                self._open(self._left.pop(0))
            found = self._where.get(entry)
            self._read[name] = None if found is None else ClassFile(found.read(entry))
        return self._read[name]

    def has_package(self, name: str) -> bool:
        """Return whether there are classes in a package, named as the JVM has it."""
        inside = f"{name}/"
        while not any(entry.startswith(inside) for entry in self._where):
            if not self._left:
                return False
            self._open(self._left.pop(0))
        return True

    def names(self) -> list[str]:
        """Return the names of all classes."""
        while self._left:
            self._open(self._left.pop(0))
        return sorted(entry[: -len(".class")] for entry in self._where)

    def ancestors(self, name: str) -> Iterator[ClassFile]:
        """Yield a class, what it extends and what that does, as far as it is in the jars."""
        seen: set[str] = set()
        left = [name]
        while left:
            found = self.find(left.pop(0))
            if found is not None and found.name not in seen:
                seen.add(found.name)
                yield found
                left = [*filter(None, [found.parent]), *left, *found.interfaces]

    def member(
        self, owner: str, kind: str, name: str, descriptor: str
    ) -> tuple[ClassFile, Member] | None:
        """Return a field or a method as the JVM finds it, and the class that declares it."""
        for found in self.ancestors(owner):
            for each in found.fields if kind == "field" else found.methods:
                if (each.name, each.descriptor) == (name, descriptor):
                    return found, each
        return None

    def _open(self, jar: Path) -> None:
        archive = zipfile.ZipFile(jar)
        for entry in archive.namelist():
            if entry.startswith("org/apache/spark/") and entry.endswith(".class"):
                self._where.setdefault(entry, archive)
