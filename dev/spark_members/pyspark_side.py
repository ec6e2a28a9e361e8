"""What our Python leans on in PySpark: what it imports, and private attributes of its objects."""

from __future__ import annotations

import ast
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from dev.spark_members.listing import Leaned, Listing

_OURS = Path(__file__).parents[2] / "neptune_spark"
#: The owner under which private attributes are listed, which of PySpark's classes so ever has them.
ATTRIBUTES = "pyspark: private attributes"

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)


class PySpark:
    """The sources of a PySpark.

    Parameters
    ----------
    home : Path
        The Spark's root: that of an installed PySpark, or one with a folder python/pyspark.
    """

    def __init__(self, home: Path) -> None:
        inside = home / "python" / "pyspark"
        # An installed PySpark has a folder of that name, too, with little in it.
        self.root = inside if (inside / "worker.py").is_file() else home

    def names(self, module: str) -> dict[str, Leaned]:
        """What a module has, by signature; nothing where there is no such module."""
        place = self.root.parent.joinpath(*module.split("."))
        file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
        if not file.is_file():
            return {}
        text = file.read_text(encoding="utf-8")
        found: dict[str, Leaned] = {}
        for node in _statements(ast.parse(text)):
            if isinstance(node, _Function):
                body = hashlib.sha256((ast.get_source_segment(text, node) or "").encode())
                arguments = ", ".join(_arguments(node.args))
                found[f"{node.name}({arguments})"] = Leaned(body.hexdigest()[:8])
            else:
                found.update((name, Leaned()) for name in _bound(node))
        folder = place if place.is_dir() else None
        modules = folder.iterdir() if folder else ()
        found.update((f.stem, Leaned()) for f in modules if f.is_dir() or f.suffix == ".py")
        return found

    @cached_property
    def attributes(self) -> set[str]:
        """The private attributes of the classes that hold a session together."""
        files = ["context.py", "core/context.py", "sql/session.py", "taskcontext.py"]
        trees = [ast.parse(f.read_text()) for n in files if (f := self.root / n).is_file()]
        found = set()
        for node in (node for tree in trees for node in ast.walk(tree)):
            if isinstance(node, ast.Attribute):
                found.add(node.attr)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
            elif isinstance(node, _Function):
                found.add(node.name)
        return found


def add_python(listing: Listing, pyspark: PySpark) -> None:
    """Add what our Python leans on in a PySpark to a list."""
    for file in sorted(_OURS.rglob("*.py")):
        user = file.relative_to(_OURS).as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for module, names in _imported(tree, pyspark).items():
            has = {
                each.split("(")[0]: (each, leaned) for each, leaned in pyspark.names(module).items()
            }
            for name in names & has.keys():
                signature, leaned = has[name]
                listed = listing.owner(module).members.setdefault(signature, leaned)
                listed.users.append(user)
        for name in _private_attributes(tree) & pyspark.attributes:
            listing.owner(ATTRIBUTES).members.setdefault(name, Leaned()).users.append(user)


def _imported(tree: ast.Module, pyspark: PySpark) -> dict[str, set[str]]:
    """What is used of each module of PySpark."""
    used: dict[str, set[str]] = defaultdict(set)
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pyspark":
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                if pyspark.names(module):
                    modules[alias.asname or alias.name] = module
                else:
                    used[str(node.module)].add(alias.name)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in modules
        ):
            used[modules[node.value.id]].add(node.attr)
    return used


def _private_attributes(tree: ast.Module) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    }


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """What a module's top level has, below conditions, too."""
    left = list(tree.body)
    while left:
        node = left.pop(0)
        yield node
        if isinstance(node, (ast.If, ast.Try)):
            left += [*node.body, *node.orelse]


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _arguments(of: ast.arguments) -> Iterator[str]:
    for each in [*of.posonlyargs, *of.args]:
        yield each.arg
    if of.vararg:
        yield f"*{of.vararg.arg}"
    for each in of.kwonlyargs:
        yield f"{each.arg}="
    if of.kwarg:
        yield f"**{of.kwarg.arg}"
