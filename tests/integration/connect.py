"""A Spark Connect server with Neptune, and its clients in processes of their own."""

from __future__ import annotations

import json
import multiprocessing
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from neptune_spark._start.shim import PLUGIN_CLASS, find_jar
from neptune_spark._start.spark_install import find_spark
from tests.integration.jobs import PATIENCE_S, eventually, gone
from tests.integration.standalone import Logged

_SETTINGS = {
    "spark.plugins": PLUGIN_CLASS,
    "spark.connect.grpc.binding.port": "0",
    "spark.ui.port": "0",
    "spark.sql.shuffle.partitions": "2",
    "spark.log.level": "INFO",
    # How long the server goes on for a client of which nothing is heard; the first is how long it
    # sends before the client has to ask again, for which a busy machine may take its time.
    "spark.connect.execute.reattachable.senderMaxStreamDuration": "3s",
    "spark.connect.execute.manager.detachedTimeout": "12s",
    "spark.connect.execute.manager.maintenanceInterval": "1s",
}


class ConnectServer(Logged):
    """A server as `start-connect-server.sh` starts it, with Neptune.

    Attributes
    ----------
    url
        What clients connect to, `sc://...`.
    ui
        The address of its UI.
    """

    def __init__(
        self,
        directory: Path,
        settings: Mapping[str, str] | None = None,
        env: Mapping[str, str] | None = None,
        master: str = "local[2]",
    ) -> None:
        chosen = {**_SETTINGS, **(settings or {})}
        chosen["spark.sql.warehouse.dir"] = str(directory / "warehouse")
        super().__init__(
            directory,
            "connect-server",
            [
                find_spark().home / "bin" / "spark-submit",
                *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
                *("--master", master),
                *("--jars", str(find_jar())),
                *(word for pair in chosen.items() for word in ("--conf", "=".join(pair))),
            ],
            {"PYSPARK_PYTHON": sys.executable, **(env or {})},
        )
        try:
            port = self.waits_for(r"Spark Connect server started at: \S+:(\d+)")
            self.url = f"sc://127.0.0.1:{port}"
            ui = self.waits_for(r"Successfully started service 'SparkUI' on port (\d+)")
            self.ui = f"http://127.0.0.1:{ui}"
        except BaseException:
            self.kill()
            raise

    def data(self, page: str = "") -> dict[str, Any]:
        """What a page of Neptune's tab says: "", "suspensions/", "jobs/"..."""
        with urllib.request.urlopen(f"{self.ui}/neptune/{page}json/", timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        assert "error" not in found
        return found

    def levels(self) -> dict[int, tuple[int, int]]:
        """How many tasks run, and how many are suspended, by their priority."""
        return {
            level["priority"]: (level["tasks_running"], level["tasks_suspended"])
            for level in self.data()["levels"]
            if level["tasks_running"] or level["tasks_suspended"]
        }

    def stop(self) -> None:
        """Ends it, and asserts that nothing that it started is left."""
        children = psutil.Process(self.pid).children(recursive=True)
        self.kill()
        eventually(lambda: all(map(gone, children)), f"left behind: {children}")


@contextmanager
def connect_server(
    directory: Path, settings: Mapping[str, str] | None = None, **more: Any
) -> Iterator[ConnectServer]:
    """A server, which runs until the end of the block."""
    server = ConnectServer(directory, settings, **more)
    try:
        yield server
    except BaseException:
        server.kill()
        raise
    server.stop()


class Client:
    """A process with a session of its own on a server, which calls functions of tests.

    They have to be importable, as `multiprocessing` wants it. All run on one thread, whose active
    session it is; what they return is sent back.
    """

    def __init__(self, url: str, user: str | None = None) -> None:
        address = url if user is None else f"{url}/;user_id={user}"
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(
            1, mp_context=context, initializer=_connect, initargs=(address,)
        )

    def start(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Calls a function in the process, and does not wait for it."""
        return self._pool.submit(function, *arguments)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns in the process."""
        return self.start(function, *arguments).result(PATIENCE_S)

    def kill(self) -> None:
        """Ends it as the kernel does when memory is short, whatever it is at."""
        for process in list((self._pool._processes or {}).values()):
            process.kill()

    def close(self) -> None:
        """Ends it, whatever it is at."""
        self.kill()
        self._pool.shutdown()


@contextmanager
def client(server: ConnectServer, user: str | None = None) -> Iterator[Client]:
    """A client that ends with the block."""
    made = Client(server.url, user)
    try:
        yield made
    finally:
        made.close()


def _connect(url: str) -> None:
    from pyspark.sql import SparkSession

    SparkSession.builder.remote(url).getOrCreate()
