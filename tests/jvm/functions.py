"""Scala's functions, written in Python, for a JVM that may call back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Function:
    """A function of Scala's with so many arguments."""

    def __init__(self, arity: int, act: Callable[..., Any]) -> None:
        self._act = act
        self.Java = type("Java", (), {"implements": (f"scala.Function{arity}",)})

    def __getattr__(self, name: str) -> Callable[..., Any]:
        # Scala calls one of many names where it knows the types of numbers: `apply$mcZJI$sp`, say.
        if name.startswith("apply"):
            return self._act
        raise AttributeError(name)
