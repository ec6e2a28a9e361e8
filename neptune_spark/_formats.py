"""How people see figures: levels by their names, times with a fitting unit."""

from __future__ import annotations

from neptune_spark._settings import LEVELS

_LEVELS = {number: name for name, number in LEVELS.items()}


def level_text(priority: int) -> str:
    """Return a level by its name, if it has one, and its number."""
    name = _LEVELS.get(priority)
    return str(priority) if name is None else f"{name} ({priority})"


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
