"""What the modules of a Python package import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.unit.layers.arrows import Arrow


class PythonPackage:
    """The modules below a folder, and what they import, in functions and for type checkers, too.

    Args:
        root: the folder that the package lies in.
        name: the package's.
    """

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._files = {_module(root, f): f for f in sorted((root / name).rglob("*.py"))}
        self.arrows = [arrow for module in self._files for arrow in self._imports(module)]

    @property
    def modules(self) -> set[str]:
        """Their names."""
        return set(self._files)

    def has(self, name: str) -> bool:
        """Whether there is such a module, or a module that may define this."""
        parent, _, last = name.rpartition(".")
        file = self._files.get(parent)
        return name in self._files or (
            file is not None
            and (file.name != "__init__.py" or f'"{last}"' in file.read_text(encoding="utf-8"))
        )

    def loaded_by(self, modules: set[str]) -> set[str]:
        """Return what importing these modules may load of ours: packages above come with each."""
        loaded: set[str] = set()
        new = set(modules)
        while new:
            loaded |= new
            found = {a.used for a in self.arrows if a.user in new} | {
                p for m in new for p in _above(m)
            }
            new = (found & self.modules) - loaded
        return loaded

    def _imports(self, module: str) -> Iterator[Arrow]:
        file = self._files[module]
        package = module if file.name == "__init__.py" else module.rpartition(".")[0]
        place = file.relative_to(self._root)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Arrow(module, alias.name, f"{place}:{node.lineno}")
            elif isinstance(node, ast.ImportFrom):
                source = _source(node, package)
                for alias in node.names:
                    submodule = f"{source}.{alias.name}"
                    used = submodule if submodule in self._files else source
                    yield Arrow(module, used, f"{place}:{node.lineno}")


def _source(node: ast.ImportFrom, package: str) -> str:
    """Return what a `from ... import` takes from, by its full name."""
    if node.level == 0:
        return node.module or ""
    parts = package.split(".")
    above = ".".join(parts[: len(parts) + 1 - node.level])
    return f"{above}.{node.module}" if node.module else above


def _module(root: Path, file: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _above(module: str) -> Iterator[str]:
    while module := module.rpartition(".")[0]:
        yield module
