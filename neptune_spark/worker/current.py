"""The hub of this process, for those who cannot be handed one: functions that users call, forks.

Apart from the hub's own module, so that to ask for a hub, in a driver say, does not load it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class CurrentHub(Protocol):
    """What they ask of a hub; see `hub.Hub`."""

    @property
    def task_id(self) -> int | None: ...
    def begin(self, task_id: int, address: str) -> None: ...
    def end(self) -> None: ...
    def section(self, place: str) -> AbstractContextManager[None]: ...
    def yield_point(self) -> None: ...
    def stop_listening(self) -> None: ...
    def listen(self) -> None: ...
    def leave_to_parent(self) -> None: ...


hub: Callable[[], CurrentHub | None] = lambda: None  # noqa: E731 - a weak reference takes its place
"""Returns the hub that was made last in this process, if it still exists."""
