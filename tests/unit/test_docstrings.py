"""The docstrings of what users import are complete and true, as far as that needs no Spark."""

from __future__ import annotations

import dataclasses
import doctest
import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

import neptune_spark
from neptune_spark import cli, policies

#: Their examples are run by tests/integration/test_docstrings.py.
NEED_A_SESSION = {"builder", "configure", "find_jar", "limit", "priority", "scheduler", "Scheduler"}


def members(kind: Any) -> dict[str, Any]:
    """What a class of ours has, with what it has of others of ours."""
    ours = [c for c in reversed(kind.__mro__) if c.__module__.startswith("neptune_spark.")]
    return {member: value for one in ours for member, value in vars(one).items()}


def _documented() -> dict[str, Any]:
    """All exported classes and functions, and the methods of the classes, by name."""
    exported = {name: getattr(neptune_spark, name) for name in neptune_spark.__all__}
    named = {**exported, "cli.main": cli.main, "policies.NewestFirst": policies.NewestFirst}
    ours = {n: v for n, v in named.items() if inspect.isclass(v) or inspect.isfunction(v)}
    methods = {
        f"{name}.{member}": value.fget if isinstance(value, property) else value
        for name in ("Policy", "Scheduler")
        for member, value in members(ours[name]).items()
        if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))
    }
    return {**ours, **methods}


DOCUMENTED = _documented()
FUNCTIONS = [n for n, v in DOCUMENTED.items() if inspect.isfunction(v)]
RECORDS = [n for n, v in DOCUMENTED.items() if dataclasses.is_dataclass(v)]


def _doc(name: str) -> str:
    return inspect.getdoc(DOCUMENTED[name]) or ""


def _entries(name: str, section: str) -> list[str]:
    """The names that a section of a docstring lists."""
    found = re.search(rf"^{section}\n-+\n(.*?)(?=\n\n\w[^\n]*\n-+\n|\Z)", _doc(name), re.M | re.S)
    return re.findall(r"^([\w*]+) : ", found[1], re.M) if found else []


@pytest.mark.parametrize("name", DOCUMENTED)
def test_it_says_since_when(name: str) -> None:
    (since,) = re.findall(r"^\.\. versionadded:: (\S+)$", _doc(name), re.M)
    assert _release(since) <= _release(neptune_spark.__version__)


def _release(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_and_result_is_described(name: str) -> None:
    signature = inspect.signature(DOCUMENTED[name])
    stars: dict[int, str] = {
        inspect.Parameter.VAR_KEYWORD: "**",
        inspect.Parameter.VAR_POSITIONAL: "*",
    }
    taken = [stars.get(p.kind, "") + p.name for p in signature.parameters.values()]
    assert _entries(name, "Parameters") == [parameter for parameter in taken if parameter != "self"]
    if "." not in name or name.startswith("Policy."):
        gives = signature.return_annotation not in ("None", "Iterator[None]")
        assert bool(re.search(r"^Returns\n-------$", _doc(name), re.M)) == gives


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_is_described(name: str) -> None:
    fields = [field.name for field in dataclasses.fields(DOCUMENTED[name])]
    assert _entries(name, "Attributes") == fields


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if not n.startswith("Policy.")])
def test_every_function_has_an_example(name: str) -> None:
    assert re.search(r"^Examples\n--------\n", _doc(name), re.M)
    assert ">>> " in _doc(name)


@pytest.mark.parametrize("name", [n for n in DOCUMENTED if n.split(".")[0] not in NEED_A_SESSION])
def test_the_examples_are_true(name: str) -> None:
    run_examples(DOCUMENTED[name], name)


def run_examples(value: Callable[..., object], name: str, **names: object) -> None:
    """Run the examples in a docstring; they may use these names, and `neptune_spark`."""
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(
        inspect.getdoc(value) or "", {"neptune_spark": neptune_spark, **names}, name, None, None
    )
    runner.run(test, out=said.append)
    assert said == []
