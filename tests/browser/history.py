"""A real History Server, and event logs for it."""

from __future__ import annotations

import json
import os
import re
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict

from neptune_spark._start.spark_install import find_spark
from tests.conftest import started_program
from tests.integration.jobs import PATIENCE_S, eventually

Event = Dict[str, Any]

_STARTED = re.compile(r"Successfully started service 'HistoryServerUI' on port (\d+)\.")


def events_of(log: Path) -> list[Event]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def write_log(directory: Path, name: str, events: Iterable[Event]) -> None:
    """Write the log of an application of that id."""
    with (directory / name).open("w", encoding="utf-8") as log:
        for event in events:
            if event["Event"] == "SparkListenerApplicationStart":
                event = {**event, "App ID": name}
            # Without blanks, as Spark writes them: the server looks at how lines begin.
            log.write(json.dumps(event, separators=(",", ":")) + "\n")


class HistoryServer:
    """A server, whose log tells its port."""

    def __init__(self, log: Path) -> None:
        self._log = log

    @property
    def url(self) -> str:
        """Its address, empty as long as it has none."""
        found = _STARTED.search(self.said())
        return f"http://127.0.0.1:{found[1]}" if found else ""

    def ui(self, name: str) -> str:
        """Return the address of an application's UI."""
        return f"{self.url}/history/{name}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=PATIENCE_S) as answer:
            text: str = answer.read().decode()
            return text

    def said(self) -> str:
        """Return its own log."""
        return self._log.read_text(encoding="utf-8")

    def lists(self, names: set[str]) -> bool:
        """Whether it answers, and knows these applications: it reads their logs meanwhile."""
        if not self.url:
            return False
        try:
            text = self.get("/api/v1/applications")
        except OSError:
            return False
        # Until its handlers are all in place, its root's answers for this path, with a page.
        if text.startswith("<"):
            return False
        listed = json.loads(text)
        return names <= {application["id"] for application in listed}


@contextmanager
def history_server(directory: Path, logs: Path, jar: Path | None) -> Iterator[HistoryServer]:
    """Yield a server for these logs, with or without our jar; it stores what it reads on disk."""
    store = directory / "store"
    store.mkdir()
    options = {
        "spark.history.fs.logDirectory": logs.as_uri(),
        "spark.history.ui.port": 0,
        "spark.history.store.path": store,
        "spark.history.fs.update.interval": "1s",
    }
    said = directory / "history.log"
    said.touch()
    names = {log.name for log in logs.iterdir()}
    env = {
        "SPARK_HISTORY_OPTS": " ".join(f"-D{key}={value}" for key, value in options.items()),
        "SPARK_DAEMON_CLASSPATH": "" if jar is None else str(jar),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    command = f'exec "{find_spark().home}/bin/spark-class" "$1" > "$2" 2>&1'
    kind = "org.apache.spark.deploy.history.HistoryServer"
    with started_program(
        ["sh", "-c", command, "sh", kind, said], cwd=directory, env={**os.environ, **env}
    ) as process:
        server = HistoryServer(said)
        try:
            eventually(
                lambda: server.lists(names) or process.poll() is not None,
                "it does not list all applications",
            )
            assert process.poll() is None, server.said()
            yield server
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)
