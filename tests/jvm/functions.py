"""Scala's functions and timers, made of Python's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Function:
    """A function of Scala's."""

    def __init__(self, arity: int, act: Callable[..., Any]) -> None:
        self.apply = act
        # Scala has another name for a block's that has no value.
        setattr(self, "apply$mcV$sp", act)
        self.Java = type("Java", (), {"implements": (f"scala.Function{arity}",)})


class Timer:
    """Runs blocks of Scala's at their time, which passes only when it is told to."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.after = Function(2, lambda ms, act: self._due.append((self.now_ms + ms, act)))
        self._due: list[tuple[int, Any]] = []

    def passes(self, ms: int) -> None:
        end_ms = self.now_ms + ms
        while due := sorted((at for at, _ in self._due if at <= end_ms)):
            self.now_ms = due[0]
            (at, act) = next(entry for entry in self._due if entry[0] == due[0])
            self._due.remove((at, act))
            act.apply()
        self.now_ms = end_ms
