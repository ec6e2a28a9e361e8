"""What our Python leans on in PySpark: what it imports, and private attributes of its objects."""

from __future__ import annotations

import ast
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from dev.spark_members.jvm import add_named, is_sparks_name
from dev.spark_members.listing import Leaned, Listing
from neptune_spark._start.spark_classes import SparkClasses

_OURS = Path(__file__).parents[2] / "neptune_spark"
#: The owner under which private attributes are listed, which of PySpark's classes so ever has them.
ATTRIBUTES = "pyspark: private attributes"

#: What we neither name nor call, and yet lean on, by module: functions, and our files that say why.
WATCHED_PYTHON = {"pyspark.worker_util": {"setup_spark_files": "worker/task.py"}}

_MODULE = re.compile(r"pyspark(\.\w+)+")
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
        self._known: dict[str, dict[str, str]] = {}

    def names(self, module: str) -> dict[str, Leaned]:
        """What a module has, by signature; nothing where there is no such module.

        Of its classes, the methods, too, as `Class.method`.
        """
        if module not in self._known:
            place = self._file(module)
            self._known[module] = self._bodies(place) if place.is_file() else {}
        return {name: Leaned(body) for name, body in self._known[module].items()}

    def _bodies(self, place: Path) -> dict[str, str]:
        """The hashes of what a file has, by signature; empty where there is no body."""
        found: dict[str, str] = {}
        for node in _statements(_parsed(place)):
            found.update(_functions(node, _text(place)))
            if isinstance(node, ast.ClassDef):
                for each in node.body:
                    methods = _functions(each, _text(place)).items()
                    found.update((f"{node.name}.{name}", body) for name, body in methods)
            if isinstance(node, ast.ImportFrom) and _MODULE.fullmatch(node.module or ""):
                found.update(self._imported(node))
            else:
                found.update((name, "") for name in _bound(node))
        folder = place.parent if place.name == "__init__.py" else None
        modules = folder.iterdir() if folder else ()
        found.update((f.stem, "") for f in modules if f.is_dir() or f.suffix == ".py")
        return found

    def _file(self, module: str) -> Path:
        place = self.root.parent.joinpath(*module.split("."))
        return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")

    def _imported(self, node: ast.ImportFrom) -> Iterator[tuple[str, str]]:
        """What a module has from another one: functions as they are defined there."""
        place = self._file(str(node.module))
        functions = {
            signature.split("(")[0]: (signature, body)
            for each in (_statements(_parsed(place)) if place.is_file() else ())
            for signature, body in _functions(each, _text(place)).items()
        }
        for alias in node.names:
            signature, body = functions.get(alias.name, (alias.name, ""))
            yield (alias.asname or alias.name) + signature[len(alias.name) :], body

    @cached_property
    def attributes(self) -> set[str]:
        """The private attributes of the classes that hold a session together."""
        files = ["context.py", "core/context.py", "sql/session.py", "taskcontext.py"]
        trees = [_parsed(f) for n in files if (f := self.root / n).is_file()]
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
            _add(listing, pyspark, module, names, user)
        for name in _private_attributes(tree) & pyspark.attributes:
            listing.owner(ATTRIBUTES).members.setdefault(name, Leaned()).users.append(user)
    for module, functions in WATCHED_PYTHON.items():
        for name, user in functions.items():
            _add(listing, pyspark, module, {name}, f"watched for {user}")


def add_sparks_names(listing: Listing, spark: SparkClasses) -> None:
    """Add the classes of a Spark's that our Python knows by their names to a list."""
    for file in sorted(_OURS.rglob("*.py")):
        for text in _strings(ast.parse(file.read_text(encoding="utf-8"))):
            if is_sparks_name(text):
                user = file.relative_to(_OURS).as_posix()
                add_named(listing, spark, text.replace(".", "/"), user)


def _add(listing: Listing, pyspark: PySpark, module: str, names: set[str], user: str) -> None:
    has = {each.split("(")[0]: (each, leaned) for each, leaned in pyspark.names(module).items()}
    for name in names & has.keys():
        signature, leaned = has[name]
        listed = listing.owner(module).members.setdefault(signature, leaned)
        listed.users.append(user)


def _imported(tree: ast.Module, pyspark: PySpark) -> dict[str, set[str]]:
    """What is used of each module of PySpark."""
    used: dict[str, set[str]] = defaultdict(set)
    # A name may stand for one module or another, as the line has it.
    modules: dict[str, set[str]] = defaultdict(set)
    classes: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pyspark":
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                if pyspark.names(module):
                    modules[alias.asname or alias.name].add(module)
                else:
                    used[str(node.module)].add(alias.name)
                    classes[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        for name, module in _imported_by_name(node):
            modules[name].add(module)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            for module in modules.get(node.value.id, ()):
                used[module].add(node.attr)
        for owner, name in _looked_up(node):
            for module in modules.get(owner, ()):
                used[module].add(name)
            if owner in classes:
                module, _, of_class = classes[owner].rpartition(".")
                used[module].add(f"{of_class}.{name}")
    for text in _strings(tree):
        module, _, name = text.rpartition(".")
        if _MODULE.fullmatch(text) and pyspark.names(text):
            used[module].add(name)
    return used


def _imported_by_name(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the name and the module of `name = import_module("pyspark...")`."""
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Call):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        called, arguments = node.value.func, node.value.args
        if isinstance(called, ast.Name) and called.id == "import_module" and arguments:
            for module in _strings(arguments[0]):
                yield from ((t.id, module) for t in targets if isinstance(t, ast.Name))


def _looked_up(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield the owner and the name of `owner.__dict__["name"]`."""
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "__dict__"
        and isinstance(node.value.value, ast.Name)
    ):
        for name in _strings(node.slice):
            yield node.value.value.id, name


def _strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _private_attributes(tree: ast.Module) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    }


@lru_cache(maxsize=None)
def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@lru_cache(maxsize=None)
def _lines(text: str) -> list[bytes]:
    return text.encode().split(b"\n")


@lru_cache(maxsize=None)
def _parsed(file: Path) -> ast.Module:
    return ast.parse(_text(file))


def _functions(node: ast.stmt, text: str) -> dict[str, str]:
    """The hash of a function, by its signature; nothing of any other statement."""
    if not isinstance(node, _Function):
        return {}
    body = hashlib.sha256(_segment(node, text))
    signature = f"{node.name}({', '.join(_arguments(node.args))})"
    return {signature: body.hexdigest()[:8]}


def _segment(node: ast.stmt, text: str) -> bytes:
    """As ast.get_source_segment, which splits all of the text into lines each time."""
    assert node.end_lineno is not None
    first, *more = _lines(text)[node.lineno - 1 : node.end_lineno]
    if not more:
        return first[node.col_offset : node.end_col_offset]
    *inner, last = more
    return b"\n".join([first[node.col_offset :], *inner, last[: node.end_col_offset]])


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
