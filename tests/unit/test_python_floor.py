"""What neither ruff nor mypy sees: types that Python 3.8 cannot subscript when it runs the code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: What tests of the package use of the benchmarks.
USED = tuple(
    ROOT / "benchmarks" / "neptune_bench" / f
    for f in ("harness/program.py", "mechanism/control.py")
)
BUILTINS = {"dict", "frozenset", "list", "set", "tuple", "type"}


@pytest.mark.skipif(sys.version_info < (3, 10), reason="tests of the benchmarks may be newer")
def test_no_such_type_is_subscripted_outside_annotations() -> None:
    """`typing` has each of them so that it can be."""
    benchmarks = ROOT / "benchmarks" / "neptune_bench"
    newer = {ROOT / "tests" / "unit" / folder.name for folder in benchmarks.iterdir()}
    folders = ("neptune_spark", "tests", "examples")
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    found = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in (*files, *USED)
        if not newer.intersection(file.parents)
        for line in subscripted(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("from collections.abc import Callable\nRun = Callable[[], None]", [2]),
        ("from typing import Callable\nRun = Callable[[], None]", []),
        ("x = f(list[int])", [1]),
        ("def f(x: list[int] = list[int]()) -> dict[str, int]: ...", [1]),
        ("x: list[int] = []\nif TYPE_CHECKING:\n    y = list[int]", []),
    ],
)
def test_where_one_is(source: str, lines: list[int]) -> None:
    assert list(subscripted(ast.parse(source))) == lines


def subscripted(tree: ast.Module) -> Iterator[int]:
    """The lines where one is subscripted."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    abstract = [node for node in imports if node.module == "collections.abc"]
    types = BUILTINS | {alias.asname or alias.name for node in abstract for alias in node.names}
    for node in _run(tree):
        used = node.value if isinstance(node, ast.Subscript) else None
        if isinstance(used, ast.Name) and used.id in types:
            yield used.lineno


def _run(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below one that Python evaluates: no annotations, nothing for type checkers."""
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_for_checkers(child):
                yield from _run(child)


def _is_for_checkers(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.If)
        and isinstance(node.test, ast.Name)
        and node.test.id == "TYPE_CHECKING"
    )
