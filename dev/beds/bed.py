"""What every bed has: a directory, an environment for commands, and an end with nothing left."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from neptune_bench.harness.program import BenchmarkError, unbroken
from neptune_spark._start.spark_install import SparkInstall

MARK: Final = "NEPTUNE_BED"
"""In the environment of all that a bed runs: its directory."""

LOOPBACK: Final = "127.0.0.1"
_POLL_S: Final = 0.02
_GONE_S: Final = 30.0


@dataclass(frozen=True)
class Bed:
    """A cluster that has been started.

    Args:
        master: its URL, as Spark knows it.
        directory: where it keeps everything.
        logs: where what runs on it leaves its output; stays if whoever started it wants that.
        environment: what a command needs in addition to use it.
    """

    master: str
    directory: Path
    logs: Path
    environment: Mapping[str, str]

    def processes(self) -> list[psutil.Process]:
        """Return all that it runs and all that uses it, other than the caller's ancestors."""
        return processes_of(self.directory)

    def executors(self) -> list[psutil.Process]:
        """Return the JVMs of Spark's executors."""
        return [p for p in self.processes() if _is_executor(p)]


@contextmanager
def place(kind: str) -> Iterator[Path]:
    """Give a bed a directory; in the end, kill what belongs to the bed still, and remove it."""
    with ExitStack() as stack:
        with unbroken():
            directory = Path(tempfile.mkdtemp(prefix=f"neptune-{kind}-"))
            stack.callback(_clear, directory)
        yield directory


def _clear(directory: Path) -> None:
    with unbroken():
        kill_all_of(directory)
        shutil.rmtree(directory)


def marked(directory: Path, **variables: str) -> dict[str, str]:
    """Return the environment of a process of the bed's."""
    return {**os.environ, MARK: str(directory), **variables}


def spark_environment(
    spark: SparkInstall, directory: Path, master: str, settings: Mapping[str, str]
) -> dict[str, str]:
    """Write Spark's configuration for a bed, and return the environment that makes Spark use it.

    The user's own configuration stays; where both have a setting, the bed's counts.
    """
    conf = directory / "spark-conf"
    if spark.conf.is_dir():
        shutil.copytree(spark.conf, conf)
    else:
        conf.mkdir()
    lines = "".join(
        f"{key} {value}\n" for key, value in {"spark.master": master, **settings}.items()
    )
    with (conf / "spark-defaults.conf").open("a") as defaults:
        defaults.write("\n" + lines)
    programs = os.pathsep.join(
        [str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    )
    return {
        MARK: str(directory),
        "NEPTUNE_MASTER": master,
        "PATH": programs,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_CONF_DIR": str(conf),
        "SPARK_LOCAL_IP": LOOPBACK,
    }


def processes_of(directory: Path) -> list[psutil.Process]:
    """Return the processes with a bed's directory in their environment.

    Most have the mark; a cluster that makes an environment of its own for what it runs names its
    directories there.
    """
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.pid not in ours
                and process.status() != psutil.STATUS_ZOMBIE
                and any(str(directory) in value for value in process.environ().values())
            ):
                found.append(process)
        except (psutil.Error, OSError):
            # It is gone, or is another user's.
            continue
    return found


def kill_all_of(directory: Path) -> None:
    """Kill a bed's processes, also those that they start meanwhile; wait until all have gone.

    Raises:
        BenchmarkError: if one stays.
    """
    end = time.monotonic() + _GONE_S
    while left := processes_of(directory):
        if time.monotonic() > end:
            raise BenchmarkError(f"{left} don't end by SIGKILL: see what the machine waits for.")
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        time.sleep(_POLL_S)


def _is_executor(process: psutil.Process) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    # Not the shell that a node starts it by, whose command is one word.
    return any(word.startswith("org.apache.spark.") and word.endswith("Backend") for word in words)
