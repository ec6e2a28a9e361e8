"""The hub of this process, for those who cannot be handed one: the functions that users call.

Apart from the hub's own module, so that to ask for a hub, in a driver say, does not load it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neptune_spark.worker.hub import Hub

hub: Callable[[], Hub | None] = lambda: None  # noqa: E731 - a weak reference takes its place
"""Returns the hub that was made last in this process, if it still exists."""


@cache
def own_hub() -> Hub:
    """Return this process's hub, which it keeps to its end; make it first if there is none."""
    from neptune_spark.worker.hub import Hub

    return Hub()
