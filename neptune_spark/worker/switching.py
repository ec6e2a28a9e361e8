"""How soon the interpreter hands its lock to the hub's thread when a message has come."""

from __future__ import annotations

import sys
from _thread import _count as count_threads
from typing import Final

# The hub's thread waits for so long while Python code runs: it is most of what a suspension takes.
_INTERVAL_S: Final = 0.00002
_OURS: Final = 1


class SwitchInterval:
    """The interpreter's switch interval, made short while the main thread is the only one at work.

    With threads of the user's that compete for the lock it would cost what they do: up to a fifth,
    measured with four of them. Nobody else waits for the lock where there are none.
    """

    def __init__(self) -> None:
        # The user's, while ours is in force, and ours as Python gives it back.
        self._users: float | None = None
        self._ours = 0.0

    def shorten(self) -> None:
        """Make it short, or give it back if there are other Python threads."""
        now = sys.getswitchinterval()
        if count_threads() > _OURS:
            self.restore()
        elif now > 2 * _INTERVAL_S:
            self._users = now
            sys.setswitchinterval(_INTERVAL_S)
            self._ours = sys.getswitchinterval()

    def restore(self) -> None:
        """Give it back, unless user code has set another meanwhile."""
        users, self._users = self._users, None
        if users is not None and sys.getswitchinterval() == self._ours:
            sys.setswitchinterval(users)
