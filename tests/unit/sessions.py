"""Sessions that remember what blocks say to them."""

from __future__ import annotations

import threading


class FakeContext:
    """The local properties of a SparkContext: one set per thread."""

    def __init__(self) -> None:
        self._jsc: object | None = object()
        self._local = threading.local()

    def getLocalProperty(self, key: str) -> str | None:
        return self._properties().get(key)

    def setLocalProperty(self, key: str, value: str | None) -> None:
        assert self._jsc is not None, "used after stop"
        if value is None:
            self._properties().pop(key, None)
        else:
            self._properties()[key] = value

    def stop(self) -> None:
        self._jsc = None

    def _properties(self) -> dict[str, str]:
        properties: dict[str, str] = self._local.__dict__
        return properties


class FakeConnectSession:
    """The tags of a Spark Connect session: one set per thread."""

    _default_session: FakeConnectSession | None = None
    _of_thread = threading.local()

    def __init__(self) -> None:
        self.is_stopped = False
        self._local = threading.local()

    @classmethod
    def getActiveSession(cls) -> FakeConnectSession | None:
        return getattr(cls._of_thread, "session", None)

    def addTag(self, tag: str) -> None:
        self.getTags().add(tag)

    def removeTag(self, tag: str) -> None:
        self.getTags().discard(tag)

    def getTags(self) -> set[str]:
        found: set[str] = self._local.__dict__.setdefault("tags", set())
        return found
