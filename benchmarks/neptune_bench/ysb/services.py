"""Kafka and Redis, started for the benchmark and stopped after it."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import subprocess
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neptune_bench.harness.drivers import tail
from neptune_bench.harness.maven import java
from neptune_bench.harness.program import BenchmarkError, missing
from neptune_bench.harness.record import Record
from neptune_bench.harness.servers import START_S, listening, on_free_ports, running
from neptune_bench.ysb import jars
from neptune_bench.ysb.events import campaign_table

FILE: Final = "services.json"
HEAP: Final = "-Xmx512m"
BROKER: Final = "the Kafka broker"
"""As a sentence has it."""


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
    with on_free_ports(1, lambda ports: _redis(program, directory, *ports)) as port:
        yield port


@contextmanager
def _redis(program: str, directory: Path, port: int) -> Iterator[int]:
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--appendonly", "no", "--daemonize", "no"]
    with running("Redis", command, directory, lambda: listening(port)):
        yield port


@contextmanager
def running_kafka(directory: Path) -> Iterator[str]:
    """Run a broker that is its own controller; yield HOST:PORT."""
    require("kafka", "kafka-python", "--kafka")
    with on_free_ports(2, lambda ports: _kafka(directory, *ports)) as address:
        yield address


@contextmanager
def _kafka(parent: Path, broker: int, controller: int) -> Iterator[str]:
    # Of its own, if it was started before on other ports: a storage can be made once only.
    directory = parent / f"port-{broker}"
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
    jvm = [java(), HEAP, "-XX:+UseSerialGC", "-cp", f"{jars.broker()}/*"]
    # Any id does: the cluster is this one node, for this one run.
    form = ["kafka.tools.StorageTool", "format", "-t", "bmVwdHVuZS1zcGFyay15cw", "-c"]
    made = subprocess.run(
        [*jvm, *form, str(settings)], capture_output=True, text=True, check=False, cwd=directory
    )
    if made.returncode != 0:
        raise BenchmarkError(f"Kafka's storage was not made: {tail(made.stdout + made.stderr)}")
    command = [*jvm, "kafka.Kafka", str(settings)]
    with running("Kafka", command, directory, lambda: listening(broker)):
        yield f"127.0.0.1:{broker}"


def make_topics(broker: str, topics: Iterable[str], partitions: int) -> None:
    """Make topics, which come to be empty, and wait until the broker has them."""
    with warnings.catch_warnings():
        # It reads its own resources in a deprecated way.
        warnings.simplefilter("ignore", DeprecationWarning)
        from kafka import KafkaAdminClient
    # Its port is open before it answers.
    patience_ms = int(1000 * START_S)
    admin = KafkaAdminClient(bootstrap_servers=broker, bootstrap_timeout_ms=patience_ms)
    try:
        wanted = {"num_partitions": partitions, "replication_factor": 1}
        admin.create_topics(dict.fromkeys(topics, wanted), wait_for_metadata=True)
    finally:
        admin.close()


def require(module: str, package: str, option: str) -> None:
    """Raise BenchmarkError if a Python package is missing that an option needs."""
    if importlib.util.find_spec(module) is None:
        raise missing(f"{option} needs a package", package)
