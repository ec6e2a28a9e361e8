"""What Scala files use, by their imports and by qualified names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.unit.layers.arrows import Arrow

# Comments and literals, which hold no names. A quote alone begins a character.
_NO_CODE = re.compile(
    r'"""(?:.|\n)*?"""+|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*(?:.|\n)*?\*/|\'(?:\\.[^\']*|[^\'\\])\''
)
_PACKAGE = re.compile(r"^package ([\w.]+)$", re.MULTILINE)
_SELECTION = r"\w+(?:\.\w+)*(?:\.\{[^}]*\})?"
_IMPORT = re.compile(rf"^[ \t]*import\s+({_SELECTION}(?:\s*,\s*{_SELECTION})*)", re.MULTILINE)
_QUALIFIED = re.compile(r"(?<![\w.])[a-z]\w*(?:\.\w+)+")
_DEFINED = re.compile(r"^[\w\[\] ]*\b(?:class|object|trait) (\w+)", re.MULTILINE)
_ROOTS = ("neptune", "org", "java", "javax", "jdk", "scala", "com")


class ScalaFile(NamedTuple):
    """A file, with the comments and literals taken out of its code."""

    path: Path
    package: str
    code: str

    @classmethod
    def read(cls, path: Path) -> ScalaFile:
        code = _NO_CODE.sub(_lines_only, path.read_text(encoding="utf-8"))
        (package,) = _PACKAGE.findall(code)
        return cls(path, package, code)

    def line_of(self, position: int) -> int:
        return self.code.count("\n", 0, position) + 1

    @property
    def defined(self) -> set[str]:
        """The types that it defines."""
        return set(_DEFINED.findall(self.code))


class ScalaSources:
    """The files below a folder, and the names that they use.

    Args:
        root: the folder that paths are told from.
        folder: where the sources are, below it.
        one_by_one: the package whose files count each for itself, as the modules of Python do.
    """

    def __init__(self, root: Path, folder: str, one_by_one: str) -> None:
        self._root = root
        self._one_by_one = one_by_one
        self.files = [ScalaFile.read(f) for f in sorted((root / folder).rglob("*.scala"))]
        self.packages = {file.package for file in self.files}
        self._entries = {
            name: f"{one_by_one}.{file.path.stem}"
            for file in self.files
            if file.package == one_by_one
            for name in file.defined
        }

    def uses(self, file: ScalaFile) -> Iterator[Arrow]:
        """Return what a file uses, by full names."""
        for name, position in self._names(file):
            where = f"{file.path.relative_to(self._root)}:{file.line_of(position)}"
            yield Arrow(self._node_of(file), name, where)

    def arrows(self) -> Iterator[Arrow]:
        """Return the arrows between packages of ours."""
        for file in self.files:
            for user, name, where in self.uses(file):
                if (used := self._node(name)) is not None:
                    yield Arrow(user, used, where)

    def _node_of(self, file: ScalaFile) -> str:
        alone = file.package == self._one_by_one
        return f"{file.package}.{file.path.stem}" if alone else file.package

    def _node(self, name: str) -> str | None:
        """Return the package of ours that a name is of."""
        package, rest = name, ""
        while package not in self.packages:
            package, _, last = package.rpartition(".")
            if not package:
                return None
            rest = last
        return self._entries.get(rest) if package == self._one_by_one else package

    def _names(self, file: ScalaFile) -> Iterator[tuple[str, int]]:
        code = _PACKAGE.sub(_lines_only, file.code)
        for found in _IMPORT.finditer(code):
            for selection in re.findall(_SELECTION, found[1]):
                prefix, _, members = selection.partition(".{")
                for member in members.rstrip("}").split(",") if members else [""]:
                    name = ".".join(filter(None, (prefix, member.split("=>")[0].strip())))
                    yield self._full(name, file), found.start(1)
        for found in _QUALIFIED.finditer(_IMPORT.sub(_lines_only, code)):
            name = self._full(found[0], file)
            if name != found[0] or name.split(".")[0] in _ROOTS:
                yield name, found.start()
        if file.package == self._one_by_one:
            for found in re.finditer(r"(?<![\w.])[A-Z]\w*", code):
                if found[0] in self._entries:
                    yield f"{file.package}.{found[0]}", found.start()

    def _full(self, name: str, file: ScalaFile) -> str:
        """Return a name that may be relative to the file's package from the root."""
        if name.startswith("_root_."):
            name = name[len("_root_.") :]
        first = name.split(".")[0]
        child = f"{file.package}.{first}"
        inner = any(p == child or p.startswith(f"{child}.") for p in self.packages)
        return f"{file.package}.{name}" if inner else name


def _lines_only(found: re.Match[str]) -> str:
    """Keep positions and lines."""
    return re.sub(r"[^\n]", " ", found[0])
