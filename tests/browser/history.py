"""A real History Server, and event logs for it."""

from __future__ import annotations

import json
import os
import socket
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict
from urllib.error import URLError

from neptune_spark._start.spark_install import find_spark
from tests.conftest import started_program
from tests.integration.jobs import eventually

Event = Dict[str, Any]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


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
    """A server that answers."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self._log = log

    def ui(self, name: str) -> str:
        """Return the address of an application's UI."""
        return f"{self.url}/history/{name}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:
            text: str = answer.read().decode()
            return text

    def said(self) -> str:
        """Return its own log."""
        return self._log.read_text(encoding="utf-8")

    def answers(self) -> bool:
        try:
            return "completed" in self.get("/api/v1/applications") or True
        except (URLError, OSError):
            return False


@contextmanager
def history_server(directory: Path, logs: Path, jar: Path | None) -> Iterator[HistoryServer]:
    """Yield a server for these logs, with or without our jar; it stores what it reads on disk."""
    port = free_port()
    store = directory / "store"
    store.mkdir()
    options = {
        "spark.history.fs.logDirectory": logs.as_uri(),
        "spark.history.ui.port": port,
        "spark.history.store.path": store,
        "spark.history.fs.update.interval": "1s",
    }
    said = directory / "history.log"
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
        server = HistoryServer(f"http://127.0.0.1:{port}", said)
        try:
            eventually(lambda: server.answers() or process.poll() is not None, "it does not answer")
            assert process.poll() is None, server.said()
            yield server
        finally:
            process.terminate()
            process.communicate(timeout=30)
