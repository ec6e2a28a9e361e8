"""Fields of plans that the command line can change (see `harness.command`)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from dataclasses import field
from typing import Any, Final, TypeVar

from neptune_bench.harness import program

T = TypeVar("T")
Read = Callable[[str], Any]
"""Makes a value of a word; raises ArgumentTypeError or ValueError if it is none."""

OPTION: Final = "option"


def option(default: T, text: str, *, name: str = "", read: Read | None = None) -> T:
    """Return a field of a plan that an option of the command line changes.

    Args:
        default: the field's.
        text: what it is; names in braces stand for what the benchmark has (`Command.texts`).
        name: of the option; by default the field's.
        read: what reads its value; by default what the field's type asks for: a positive number,
            or nothing where the option only turns something on.
    """
    made: T = field(default=default, metadata={OPTION: (name, text, read)})
    return made


def seeded(text: str) -> int:
    """Return the field of a plan with the seed of what `text` says."""
    return option(7, text, read=int)


def seconds(text: str) -> float:
    """Return a time that may be 0."""
    return 0.0 if text.strip() == "0" else program.positive(text)


def names(kind: str, known: Collection[str]) -> Read:
    """Return what reads a comma-separated list of known names of a `kind` of things."""
    return functools.partial(program.chosen, kind=kind, known=known)
