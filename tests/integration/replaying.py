"""What the History Server makes of an event log, without the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession


class Replayed:
    """The tab's data of an application in the History Server that has our jar."""

    def __init__(self, spark: SparkSession, log: Path) -> None:
        jvm: Any = spark.sparkContext._jvm
        org = jvm.org.apache.spark
        self._ui = org.neptune.ui
        store = org.status.ElementTrackingStore(
            org.util.kvstore.InMemoryStore(), spark.sparkContext._jsc.sc().conf()
        )
        bus = org.scheduler.ReplayListenerBus()
        bus.addListener(self._ui.NeptuneListener(store, False))
        every_line = bus.__getattr__("replay$default$4")()
        bus.replay(jvm.java.io.FileInputStream(str(log)), str(log), True, every_line)
        clock = _module(org.neptune.time, "SystemTime")
        nothing = jvm.scala.Option.empty()
        self._answers = self._ui.Answers(self._ui.StoredRows(store), nothing, clock)
        self._mapper = _module(self._ui, "Answers").mapper()

    def now(self) -> dict[str, Any]:
        return self._data(self._answers.standing(self._ui.Part(1, 50)))

    def stages(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._data(self._answers.stages(self._ui.Part(1, 1000)))[
            "stages"
        ]["rows"]
        return rows

    def suspensions(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._data(self._answers.suspensions(self._ui.Part(1, 1000)))[
            "suspensions"
        ]["rows"]
        return rows

    def over_time(self) -> dict[str, Any]:
        return self._data(self._answers.overTime(3600))

    def _data(self, said: Any) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._mapper.writeValueAsString(said))
        return found


def _module(package: Any, name: str) -> Any:
    """A Scala object."""
    return getattr(getattr(package, f"{name}$"), "MODULE$")
