"""Where the counts of the windows go: the driver's memory, or Redis as in the original."""

from __future__ import annotations

import time
from collections.abc import Iterable

Window = tuple[str, int]
"""(campaign, begin in epoch ms)."""
Update = tuple[str, int, int]
"""(campaign, begin of the window in epoch ms, views in it so far)."""


class Memory:
    """In the driver's memory."""

    def __init__(self) -> None:
        """Begin with no window."""
        self._windows: dict[Window, tuple[int, float]] = {}

    def update(self, updates: Iterable[Update]) -> None:
        """Take in counts that have changed."""
        now = time.time()
        self._windows.update({(campaign, begin): (n, now) for campaign, begin, n in updates})

    def windows(self) -> dict[Window, tuple[int, float]]:
        """Return the views of each window, and when they were last updated, in epoch seconds."""
        return dict(self._windows)


class InRedis:
    """In Redis: a hash of seen_count and time_updated for each window."""

    def __init__(self, port: int, run: str) -> None:
        """Connect to Redis.

        Args:
            port: of Redis on this machine.
            run: what tells this run's windows from others'.
        """
        from redis import Redis

        self._redis = Redis(port=port, decode_responses=True)
        self._run = run

    def update(self, updates: Iterable[Update]) -> None:
        """Write counts that have changed, with the time of writing."""
        with self._redis.pipeline(transaction=False) as pipe:
            now = repr(time.time())
            for campaign, begin, views in updates:
                fields: list[str | int] = ["seen_count", views, "time_updated", now]
                pipe.hset(f"{self._run}:{campaign}:{begin}", items=fields)
            pipe.execute()

    def windows(self) -> dict[Window, tuple[int, float]]:
        """Read all windows of this run."""
        found = {}
        for key in self._redis.scan_iter(match=f"{self._run}:*", count=1000):
            _, campaign, begin = key.split(":")
            views, updated = self._redis.hmget(key, ["seen_count", "time_updated"])
            assert views is not None and updated is not None
            found[campaign, int(begin)] = int(views), float(updated)
        return found


Board = Memory | InRedis
"""The newest count of every window, and when it came."""
