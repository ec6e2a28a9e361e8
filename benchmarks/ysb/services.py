"""Kafka and Redis, started for the benchmark and stopped after it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.drivers import tail
from harness.program import BenchmarkError, unbroken
from harness.record import Record
from ysb import jars
from ysb.events import campaign_table

FILE: Final = "services.json"
START_S: Final = 120.0
STOP_S: Final = 10.0
POLL_S: Final = 0.05
HEAP: Final = "-Xmx512m"


@dataclass(frozen=True)
class Services(Record):
    """What a run finds beside Spark.

    Args:
        kafka: the broker, HOST:PORT; None if events come as files.
        redis: port of Redis on this machine; None if the campaigns are a table.
    """

    kafka: str | None = None
    redis: int | None = None


@contextmanager
def started(kafka: bool, redis: bool, campaigns: int, directory: Path) -> Iterator[Services]:
    """Start what is asked for, with the campaigns in Redis; stop it at the end.

    Raises:
        BenchmarkError: if something is missing or does not start.
    """
    with contextlib.ExitStack() as stack:
        broker = stack.enter_context(running_kafka(directory / "kafka")) if kafka else None
        store = None
        if redis:
            store = stack.enter_context(running_redis(directory / "redis"))
            from redis import Redis

            with Redis(port=store) as client:
                client.mset(dict(campaign_table(campaigns)))
        yield Services(broker, store)


@contextmanager
def running_redis(directory: Path) -> Iterator[int]:
    """Run Redis in memory; yield its port."""
    program = shutil.which("redis-server")
    if program is None:
        raise BenchmarkError(
            "--redis needs redis-server: install the package redis-server of your system "
            "(on Debian or Ubuntu 'apt-get install redis-server')."
        )
    require("redis", "redis", "--redis")
    (port,) = free_ports(1)
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--appendonly", "no", "--daemonize", "no"]
    with running("Redis", command, directory, lambda: listening(port)):
        yield port


@contextmanager
def running_kafka(directory: Path) -> Iterator[str]:
    """Run a broker that is its own controller; yield HOST:PORT."""
    require("kafka", "kafka-python", "--kafka")
    broker, controller = free_ports(2)
    directory.mkdir(parents=True)
    settings = directory / "server.properties"
    settings.write_text(
        "process.roles=broker,controller\n"
        "node.id=1\n"
        f"controller.quorum.voters=1@127.0.0.1:{controller}\n"
        f"listeners=BROKER://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}\n"
        "listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
        "controller.listener.names=CONTROLLER\n"
        "inter.broker.listener.name=BROKER\n"
        f"log.dirs={directory / 'log'}\n"
        "offsets.topic.replication.factor=1\n"
        "auto.create.topics.enable=false\n"
    )
    java = [jars.java(), HEAP, "-XX:+UseSerialGC", "-cp", f"{jars.broker()}/*"]
    # Any id does: the cluster is this one node, for this one run.
    form = ["kafka.tools.StorageTool", "format", "-t", "bmVwdHVuZS1zcGFyay15cw", "-c"]
    made = subprocess.run(
        [*java, *form, str(settings)], capture_output=True, text=True, check=False, cwd=directory
    )
    if made.returncode != 0:
        raise BenchmarkError(f"Kafka's storage was not made: {tail(made.stdout + made.stderr)}")
    command = [*java, "kafka.Kafka", str(settings)]
    with running("Kafka", command, directory, lambda: listening(broker)):
        yield f"127.0.0.1:{broker}"


@contextmanager
def running(
    title: str, command: Sequence[str], directory: Path, ready: Callable[[], bool]
) -> Iterator[None]:
    """Run a server until the end, from when it is `ready`.

    Raises:
        BenchmarkError: if it does not start, with the end of its log.
    """
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "server.log"
    with contextlib.ExitStack() as stack:
        with log.open("wb") as output, unbroken():
            process = subprocess.Popen(
                command, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
            stack.callback(_stop, process)
        limit = time.monotonic() + START_S
        while not ready():
            if process.poll() is not None or time.monotonic() > limit:
                said = tail(log.read_text(errors="replace"))
                raise BenchmarkError(f"{title} did not start; its log ends with:\n{said}")
            time.sleep(POLL_S)
        yield


def _stop(process: subprocess.Popen[bytes]) -> None:
    with unbroken():
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def require(module: str, package: str, option: str) -> None:
    """Raise BenchmarkError if a Python package is missing that an option needs."""
    import importlib.util

    if importlib.util.find_spec(module) is None:
        raise BenchmarkError(
            f"{option} needs the package {package}: run "
            f"'{sys.executable} -m pip install {package}'."
        )


def listening(port: int) -> bool:
    """Return whether somebody accepts connections on a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 1.0).close()
    except OSError:
        return False
    return True


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody has, different ones."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
