"""The lives of both languages, as plain words: states, events and moves."""

from __future__ import annotations

import ast
import inspect
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

from py4j.java_gateway import JVMView

from neptune_spark.worker import states


class Life(NamedTuple):
    """What has states, the words for them, and how it gets from one to the other."""

    name: str
    meaning: str
    #: What each state and event means, by its name; the first state is where a life begins.
    states: dict[str, str]
    events: dict[str, str]
    moves: dict[tuple[str, str], str]


def all_lives(jvm: JVMView) -> list[Life]:
    """Return those of the driver, then those of executors, then that of Python workers."""
    return [_of_scala(life) for life in _elements(jvm.neptune.life.Lives.all())] + [_of_worker()]


def _of_scala(life: Any) -> Life:
    moves = {
        (move._1()._1().name(), move._1()._2().name()): move._2().name()
        for move in _elements(life.moves())
    }
    return Life(
        life.name(),
        life.meaning(),
        {state.name(): state.meaning() for state in _elements(life.states())},
        {event.name(): event.meaning() for event in _elements(life.events())},
        moves,
    )


def _elements(scala_seq: Any) -> list[Any]:
    return [scala_seq.apply(i) for i in range(scala_seq.size())]


def _of_worker() -> Life:
    return Life(
        "worker's task",
        "The task of a Python worker, in the worker's hub (`neptune_spark.worker.states`).",
        _members(states.State),
        _members(states.Event),
        {
            (_word(state), _word(event)): _word(after)
            for (state, event), after in states.TRANSITIONS.items()
        },
    )


def _members(enum: type[IntEnum]) -> dict[str, str]:
    """Return each member's name, and the docstring below it."""
    source = ast.parse(Path(inspect.getfile(enum)).read_text(encoding="utf-8"))
    (found,) = (
        node
        for node in source.body
        if isinstance(node, ast.ClassDef) and node.name == enum.__name__
    )
    meanings = {}
    for member, below in zip(found.body, found.body[1:]):
        if isinstance(member, ast.Assign) and isinstance(below, ast.Expr):
            (name,) = member.targets
            assert isinstance(name, ast.Name) and isinstance(below.value, ast.Constant)
            meanings[_word(enum[name.id])] = str(below.value.value)
    assert len(meanings) == len(enum)
    return meanings


def _word(member: IntEnum) -> str:
    return member.name.lower().replace("_", " ")
