"""What users may rely on: a change of it is deliberate, and stands in CHANGELOG.md."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import neptune_spark
from neptune_spark import cli, policies
from neptune_spark._settings import SETTINGS
from tests.unit.test_docstrings import members

PACKAGE = Path(neptune_spark.__file__).parent
#: All modules of the package whose names, and whose packages' names, begin with no underscore.
PUBLIC_MODULES = {"neptune_spark", "neptune_spark.cli", "neptune_spark.policies"}
#: Started as programs by Spark and by executors, and imported by nobody else.
PROGRAMS = ("neptune_spark.controller", "neptune_spark.worker")


SURFACE = Path(__file__).with_name("public_surface.txt")


def test_the_public_surface_is_the_promised_one() -> None:
    """If the change is deliberate: write it into the file, and into CHANGELOG.md."""
    assert "\n".join(surface()) == SURFACE.read_text(encoding="utf-8").rstrip("\n")


def surface() -> list[str]:
    """Every exported name, with what it takes, gives and has; the settings and the commands."""
    settings = [f"{s.key} ({s.name}): {s.type} = {s.default}" for s in SETTINGS if s.configurable]
    return [
        *(line for name in sorted(neptune_spark.__all__) for line in _described(name)),
        *(f"neptune_spark.policies.{name}" for name in policies.__all__),
        *(f"neptune-spark {command}" for command in cli.COMMANDS),
        *sorted(settings),
    ]


def _described(name: str) -> list[str]:
    value = getattr(neptune_spark, name)
    if not inspect.isclass(value):
        return [name + _signature(value) if inspect.isfunction(value) else name]
    if issubclass(value, BaseException):
        return [f"{name} extends {', '.join(base.__name__ for base in value.__bases__)}"]
    if dataclasses.is_dataclass(value):
        return [name, *(f"{name}.{_field(f)}" for f in dataclasses.fields(value))]
    found = {m: v for m, v in members(value).items() if not m.startswith("_")}
    properties = [m for m, v in found.items() if isinstance(v, property)]
    functions = [m + _signature(v) for m, v in found.items() if inspect.isfunction(v)]
    return [name + _signature(value), *(f"{name}.{m}" for m in properties + functions)]


def _field(field: dataclasses.Field[Any]) -> str:
    default = "" if field.default is dataclasses.MISSING else f" = {field.default!r}"
    return f"{field.name}: {field.type}{default}"


def _signature(function: Callable[..., object]) -> str:
    return str(inspect.signature(function)).replace("'", "")


def test_every_other_module_has_an_underscore() -> None:
    modules = {
        ".".join(
            (f.parent if f.stem == "__init__" else f.with_suffix(""))
            .relative_to(PACKAGE.parent)
            .parts
        )
        for f in PACKAGE.rglob("*.py")
        if "_jvm_shim" not in f.parts
    }
    public = {m for m in modules if "._" not in m and not m.startswith(PROGRAMS)}
    assert public == PUBLIC_MODULES


@pytest.mark.parametrize("name", sorted({"scheduler", "priority"} & set(neptune_spark.__all__)))
def test_a_public_function_hides_no_module(name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        __import__(f"neptune_spark.{name}")


def test_no_two_classes_have_one_name() -> None:
    places = defaultdict(list)
    for file in PACKAGE.rglob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(file.relative_to(PACKAGE).as_posix())
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_durations_are_in_seconds_and_sizes_in_bytes() -> None:
    public = {name: getattr(neptune_spark, name) for name in neptune_spark.__all__}
    fields = {
        (name, field.name, field.type)
        for name, kind in public.items()
        if dataclasses.is_dataclass(kind)
        for field in dataclasses.fields(kind)
    }
    assert not [f for f in fields if f[1].endswith(("_ms", "_us", "_ns", "_seconds", "_mb"))]
    assert {f[2] for f in fields if f[1].endswith("_s")} <= {"float", "float | None"}
    assert {f[2] for f in fields if f[1].endswith("_bytes")} <= {"int", "int | None"}


#: What else may be imported, and why: the module says.
NO_USERS = tuple(
    f"benchmarks/neptune_bench/{place}" for place in ("harness/toolchain.py", "mechanism/")
)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="the benchmarks are written in Python 3.10")
def test_benchmarks_and_examples_import_what_users_do() -> None:
    root = PACKAGE.parent
    others = {
        f"{file.relative_to(root).as_posix()}: {module}"
        for folder in ("benchmarks", "examples")
        for file in (root / folder).rglob("*.py")
        if not file.relative_to(root).as_posix().startswith(NO_USERS)
        for module in _imported(file)
        if module.split(".")[0] == "neptune_spark" and module not in PUBLIC_MODULES
    }
    assert others == set()


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
