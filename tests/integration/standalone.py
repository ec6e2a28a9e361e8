"""A master and workers of a standalone cluster, on loopback."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from neptune_spark._start.spark_install import find_spark
from tests.integration.jobs import PATIENCE_S, eventually

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Place:
    """Where a daemon runs.

    Attributes
    ----------
    host
        The address that it listens on.
    before
        The words of a program that starts it.
    env
        What is more in its environment, and that of its executors.
    """

    host: str = "127.0.0.1"
    before: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)


HERE = Place()


class Logged:
    """A program that runs beside the tests, and writes its log into a file."""

    def __init__(
        self, directory: Path, name: str, words: Sequence[str | Path], env: Mapping[str, str]
    ) -> None:
        self._name = name
        self._log = directory / f"{name}.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                words,
                cwd=directory,
                env={**os.environ, "PYTHONPATH": str(ROOT), **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text()

    def waits_for(self, pattern: str) -> str:
        """The first group of the pattern, as soon as it is in the log."""
        eventually(
            lambda: self._find(pattern) or self._process.poll() is not None,
            f"the {self._name} did not start",
        )
        found = self._find(pattern)
        assert found is not None, f"the {self._name} ended:\n{self.log}"
        return found

    def kill(self) -> None:
        # By SIGTERM a worker kills its executors.
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()

    def _find(self, pattern: str) -> str | None:
        found = re.search(pattern, self.log)
        return None if found is None else found[1]


class Daemon(Logged):
    """A master or a worker of a standalone cluster."""

    def __init__(
        self, directory: Path, name: str, kind: str, *words: str, place: Place = HERE
    ) -> None:
        program = find_spark().home / "bin" / "spark-class"
        daemon = f"org.apache.spark.deploy.{kind.lower()}.{kind}"
        super().__init__(
            directory,
            name,
            [*place.before, program, daemon, "--host", place.host, *words],
            {"SPARK_LOCAL_IP": place.host, **place.env},
        )


@contextmanager
def standalone(
    directory: Path,
    settings: Mapping[str, str] | None = None,
    *,
    master: Place = HERE,
    workers: Sequence[Place] = (HERE, HERE),
    cores: int = 1,
) -> Iterator[str]:
    """The URL of a real master with workers of so many cores each, all of them so configured."""
    properties = directory / "daemons.conf"
    properties.write_text("".join(f"{key} {value}\n" for key, value in (settings or {}).items()))
    common = ["--properties-file", str(properties), "--webui-port", "0"]
    with ExitStack() as daemons:
        first = Daemon(directory, "master", "Master", "--port", "0", *common, place=master)
        daemons.callback(first.kill)
        url = first.waits_for(r"Starting Spark master at (spark://\S+)")
        started = []
        for number, place in enumerate(workers, 1):
            name = f"worker-{number}"
            where = ["--work-dir", str(directory / f"{name}-dir")]
            words = [*common, "--cores", str(cores), "--memory", "1g", *where, url]
            started.append(Daemon(directory, name, "Worker", *words, place=place))
            daemons.callback(started[-1].kill)
        for worker in started:
            worker.waits_for(r"Successfully (registered) with master")
        yield url
