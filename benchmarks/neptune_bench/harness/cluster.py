"""A standalone cluster on this machine: Spark's own master, and a worker on other processors."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neptune_bench.harness import drivers, servers
from neptune_bench.harness.processors import Division
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.harness.servers import Server

HOST: Final = "127.0.0.1"
DAEMON_MEMORY: Final = "512m"
_MASTER_AT: Final = re.compile(r"Starting Spark master at (spark://\S+)")
_REGISTERED: Final = re.compile(r"Successfully registered with master (\S+)")

# What daemons say of themselves we wait for; executors write a line for each task otherwise.
_LOGGING: Final = """\
rootLogger.level = warn
rootLogger.appenderRef.err.ref = err
appender.err.type = Console
appender.err.name = err
appender.err.target = SYSTEM_ERR
appender.err.layout.type = PatternLayout
appender.err.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
logger.deploy.name = org.apache.spark.deploy
logger.deploy.level = info
"""


@dataclass(frozen=True)
class Cluster:
    """A running cluster.

    Args:
        master: its URL.
        servers: its processes.
    """

    master: str
    servers: tuple[Server, ...]

    def check(self) -> None:
        """Raise BenchmarkError if one of its processes has ended, with the end of its log."""
        for server in self.servers:
            if (status := server.process.poll()) is not None:
                said = drivers.tail(server.log.read_text(errors="replace"))
                raise BenchmarkError(
                    f"{server.title} ended with status {status}; its log ends with:\n{said}"
                )


@contextmanager
def standalone(
    division: Division, cores: int, memory_mb: int, directory: Path
) -> Iterator[Cluster]:
    """Run a master on the driver's processors, and a worker on its own.

    Both end with the block, and when this process does, even by SIGKILL; their executors too.

    Args:
        division: who has which processors.
        cores: how many the worker offers.
        memory_mb: what the worker gives to executors.
        directory: for their settings, their logs, and what executors write.

    Raises:
        BenchmarkError: if one does not start, with the end of its log.
    """
    settings = directory / "conf"
    settings.mkdir(parents=True)
    scratch = directory / "scratch"
    scratch.mkdir()
    (settings / "log4j2.properties").write_text(_LOGGING)
    (settings / "daemons.conf").write_text(
        f"spark.local.dir {scratch}\nspark.master.rest.enabled false\n"
    )
    with ExitStack() as stack:

        def daemon(kind: str, processors: Collection[int], *words: str) -> Server:
            return stack.enter_context(
                _daemon(kind, processors, settings, directory / kind.lower(), words)
            )

        master = daemon("Master", division.driver, "--port", "0")
        servers.wait_until(lambda: _said(master, _MASTER_AT) is not None, [master])
        url = _said(master, _MASTER_AT)
        assert url is not None
        sizes = ["--cores", str(cores), "--memory", f"{memory_mb}m"]
        work = ["--work-dir", str(directory / "work"), url]
        worker = daemon("Worker", division.worker, *sizes, *work)
        servers.wait_until(lambda: _said(worker, _REGISTERED) is not None, [worker])
        yield Cluster(url, (master, worker))


@contextmanager
def _daemon(
    kind: str, processors: Collection[int], settings: Path, directory: Path, words: Collection[str]
) -> Iterator[Server]:
    # Only here: it imports the package, which not every benchmark needs.
    from neptune_bench.harness.toolchain import find_spark

    program = find_spark().home / "bin" / "spark-class"
    common = ["--host", HOST, "--webui-port", "0"]
    common += ["--properties-file", str(settings / "daemons.conf")]
    name = f"org.apache.spark.deploy.{kind.lower()}.{kind}"
    command = [str(program), name, *common, *words]
    env = {
        **drivers.environment(),
        # Nothing of the user's own; executors inherit it.
        "SPARK_CONF_DIR": str(settings),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_DAEMON_MEMORY": DAEMON_MEMORY,
    }
    # A worker prefers it to its own spark.local.dir.
    env.pop("SPARK_LOCAL_DIRS", None)
    title = f"Spark's {kind.lower()}"
    with servers.kept(title, command, directory, env, processors) as server:
        yield server


def _said(server: Server, pattern: re.Pattern[str]) -> str | None:
    found = pattern.search(server.log.read_text(errors="replace"))
    return None if found is None else found[1]


def settings(master: str, parts: int, cores: int, memory_mb: int) -> dict[str, str]:
    """Return the settings of one of `parts` applications that share such a cluster equally.

    Args:
        master: its URL.
        parts: how many applications.
        cores: those of the worker.
        memory_mb: what executors get in all.
    """
    mine = str(cores // parts)
    return {
        "spark.master": master,
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.cores.max": mine,
        "spark.executor.memory": f"{memory_mb // parts}m",
        # Spark has two at least, else (CoarseGrainedSchedulerBackend, Spark 4.3.0).
        "spark.default.parallelism": mine,
        # The session is there when its executors are.
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
    }
