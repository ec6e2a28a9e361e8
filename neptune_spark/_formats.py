"""How people see figures: levels by their names, times with a fitting unit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from neptune_spark._setting_values import LEVELS

T = TypeVar("T")

#: The last one is that of a broadcast's job whose time-out is near.
_LEVELS = {**{number: name for name, number in LEVELS.items()}, 2**31 - 1: "first"}


class Html(str):
    """A text that is HTML already."""

    __slots__ = ()


def level_text(priority: int) -> str:
    """Return a level by its name, if it has one, and its number."""
    name = _LEVELS.get(priority)
    return str(priority) if name is None else f"{name} ({priority})"


def levels_shown(levels: Sequence[T], most: int, count: Callable[[T], int]) -> list[T]:
    """Return some of the levels, in their order: of too many those that have tasks.

    Parameters
    ----------
    levels : Sequence[T]
        The highest first.
    most : int
        So many at most.
    count : Callable[[T], int]
        How many tasks a level has.
    """
    # Of equals the first ones stay first.
    chosen = sorted(range(len(levels)), key=lambda i: count(levels[i]) == 0)[:most]
    return [levels[i] for i in sorted(chosen)]


def seconds_text(seconds: float) -> str:
    """Return a time in the unit that fits it."""
    if 0 < abs(seconds) < 1:
        return f"{seconds * 1e3:.3g} ms"
    if abs(seconds) < 1000:
        return f"{seconds:.4g} s"
    minutes, rest_s = divmod(round(seconds), 60)
    hours, rest_min = divmod(minutes, 60)
    return f"{hours:,} h {rest_min} min" if hours else f"{minutes} min {rest_s} s"


def core_seconds_text(core_s: float) -> str:
    """Return how long cores computed, in all."""
    return f"{core_s:,.2f} core s"


def count_text(number: int, what: str) -> str:
    """Return how many there are of something whose plural takes an s."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
