"""A real YARN: one ResourceManager, and two NodeManagers with a host name and a rack each."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from dev.beds.bed import LOOPBACK, Bed, marked, place, spark_environment
from neptune_bench.harness.maven import Artifact, fetched, java
from neptune_bench.harness.servers import Server, on_free_ports, started, wait_until
from neptune_spark._start.spark_install import SparkInstall, find_spark

HADOOP: Final = "3.5.0"
"""Of Spark 4.2 and 4.3; clients of older Hadoops understand it."""

_ARTIFACTS: Final = (
    Artifact("org.apache.hadoop", "hadoop-client-minicluster", HADOOP),
    # Without it the ResourceManager dies, since the minicluster leaves it out.
    Artifact("org.bouncycastle", "bcpkix-jdk18on", "1.82"),
)
_LOGGING: Final = [("org.slf4j", "*"), ("commons-logging", "*")]
"""What Spark's own jars have in a later version."""
_SPARK_LOGS_BY: Final = (
    *("slf4j-api-*", "log4j-api-*", "log4j-core-*", "log4j-slf4j2-impl-*", "log4j-1.2-api-*"),
    "jcl-over-slf4j-*",
)
_NODES: Final = {"127.0.0.2": "/rack-a", "127.0.0.3": "/rack-b"}
"""Host names, which loopback has anyway, and racks."""

_JVM: Final = (
    *("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    # Else a daemon that is killed leaves a file in /tmp.
    "-XX:-UsePerfData",
)
_LOG4J: Final = """\
rootLogger.level = info
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d %p %c{1}: %m%n%ex
"""


@dataclass(frozen=True)
class Yarn(Bed):
    """A YARN that has been started.

    Args:
        web: the URL of the ResourceManager's REST API.
    """

    web: str

    def get(self, path: str) -> Any:
        """Return what the ResourceManager says, e.g. about `apps`."""
        return _asked(self.web, path)

    def applications(self) -> dict[str, Any]:
        """Return all applications that there were, by id, as the ResourceManager has them."""
        found = (self.get("apps")["apps"] or {}).get("app", ())
        return {each["id"]: each for each in found}

    def driver_output(self, application: str) -> str:
        """Return what the driver of an application in cluster mode wrote to its stdout."""
        outputs = self.logs.glob(f"*/{application}/container_*_000001/stdout")
        return "".join(output.read_text(errors="replace") for output in sorted(outputs))


def jars() -> Path:
    """Return the directory of YARN's jars, fetched if need be.

    Raises:
        BenchmarkError: if they can't be fetched.
    """
    return fetched(f"yarn-{HADOOP}", _ARTIFACTS, "The YARN for tests", _LOGGING)


@contextmanager
def yarn(
    *,
    cores_per_node: int = 4,
    memory_per_node_mb: int = 4096,
    settings: Mapping[str, str] | None = None,
    logs: Path | None = None,
) -> Iterator[Yarn]:
    """Run a YARN.

    Args:
        cores_per_node, memory_per_node_mb: what each of the two nodes has to give. An application
            master takes one core.
        settings: what to add to yarn-site.xml.
        logs: where the output of containers goes; None for a place that goes with the YARN.

    Raises:
        BenchmarkError: if it can't be fetched, or doesn't start.
    """
    spark = find_spark()
    with ExitStack() as stack:
        directory = stack.enter_context(place("yarn"))
        logs = (logs or directory / "logs").absolute()
        nodes = {
            f"node-{number}": {
                "yarn.nodemanager.hostname": host,
                "yarn.nodemanager.address": f"{host}:0",
                "yarn.nodemanager.localizer.address": f"{host}:0",
                "yarn.nodemanager.webapp.address": f"{host}:0",
                "yarn.nodemanager.local-dirs": str(directory / f"node-{number}" / "local"),
                "yarn.nodemanager.log-dirs": str(logs / f"node-{number}"),
                "yarn.nodemanager.resource.memory-mb": str(memory_per_node_mb),
                "yarn.nodemanager.resource.cpu-vcores": str(cores_per_node),
            }
            for number, host in enumerate(_NODES, 1)
        }
        site = {
            **_SITE,
            # By default in /tmp, where two YARNs at once take away each other's files.
            "yarn.node-attribute.fs-store.root-dir": (directory / "node-attribute").as_uri(),
            **(settings or {}),
        }
        web, conf = stack.enter_context(
            on_free_ports(
                len(_ADDRESSES), lambda ports: _daemons(spark, directory, site, nodes, ports)
            )
        )
        environment = spark_environment(spark, directory, "yarn", _spark_settings(spark, directory))
        environment["HADOOP_CONF_DIR"] = str(conf)
        yield Yarn("yarn", directory, logs, environment, web)


_ADDRESSES: Final = (
    *("address", "scheduler.address", "resource-tracker.address", "admin.address"),
    "webapp.address",
)
"""Of the ResourceManager, which all others must know."""


@contextmanager
def _daemons(
    spark: SparkInstall,
    directory: Path,
    site: Mapping[str, str],
    nodes: Mapping[str, Mapping[str, str]],
    ports: Sequence[int],
) -> Iterator[tuple[str, Path]]:
    """Run the daemons, with the ResourceManager on these ports, from when all nodes are there.

    Yields:
        The URL of its REST API, and the directory of the configuration.

    Raises:
        PortTaken: if one of the ports is not free any more.
        BenchmarkError: if one does not start otherwise.
    """
    addresses = {
        f"yarn.resourcemanager.{name}": f"{LOOPBACK}:{port}"
        for name, port in zip(_ADDRESSES, ports, strict=True)
    }
    site = {**addresses, **site}
    web = f"http://{site['yarn.resourcemanager.webapp.address']}"
    conf = _configuration(directory, "conf", site)
    with ExitStack() as stack:
        daemons = _Daemons(stack, directory, spark)
        daemons.start("resourcemanager.ResourceManager", "resource-manager", conf)
        for name, own in nodes.items():
            own_conf = _configuration(directory, f"{name}/conf", {**site, **own})
            daemons.start("nodemanager.NodeManager", name, own_conf)
        # Asked to stop, a node waits for its containers; nothing of what they leave is to stay.
        stack.callback(daemons.kill)
        wait_until(lambda: _active_nodes(web) == len(nodes), daemons.servers)
        yield web, conf


_SITE: Final = {
    "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": "100",
    "yarn.scheduler.minimum-allocation-mb": "128",
    "yarn.scheduler.capacity.root.queues": "default",
    "yarn.scheduler.capacity.root.default.capacity": "100",
    "yarn.scheduler.capacity.root.default.maximum-capacity": "100",
    "yarn.scheduler.capacity.root.default.state": "RUNNING",
    "yarn.scheduler.capacity.maximum-am-resource-percent": "1.0",
    "yarn.scheduler.capacity.node-locality-delay": "-1",
    # One container a heartbeat, so that both nodes get some.
    "yarn.scheduler.capacity.per-node-heartbeat.multiple-assignments-enabled": "false",
    # The default one counts memory only.
    "yarn.scheduler.capacity.resource-calculator": (
        "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator"
    ),
    # What this machine has is no matter of the nodes'.
    "yarn.nodemanager.vmem-check-enabled": "false",
    "yarn.nodemanager.pmem-check-enabled": "false",
    "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "100.0",
    "yarn.nodemanager.env-whitelist": "JAVA_HOME",
}


class _Daemons:
    """The daemons of a YARN, which are stopped with the stack."""

    def __init__(self, stack: ExitStack, directory: Path, spark: SparkInstall) -> None:
        logging = [str(jar) for glob in _SPARK_LOGS_BY for jar in spark.jars.glob(f"{glob}.jar")]
        self._class_path = [*logging, f"{jars()}/*"]
        self._stack = stack
        self._directory = directory
        self._java = [java(), *_JVM, f"-Djava.io.tmpdir={directory / 'tmp'}"]
        (directory / "tmp").mkdir(exist_ok=True)
        self._environment = marked(
            directory, JAVA_HOME=str(Path(self._java[0]).resolve().parents[1])
        )
        self.servers: list[Server] = []

    def start(self, main: str, name: str, conf: Path) -> None:
        """Start a daemon with its own configuration."""
        path = ":".join([str(conf), *self._class_path])
        command = [*self._java, "-cp", path, f"org.apache.hadoop.yarn.server.{main}"]
        server = self._stack.enter_context(
            started(main.rpartition(".")[2], command, self._directory / name, env=self._environment)
        )
        self.servers.append(server)

    def kill(self) -> None:
        """Kill all of them."""
        for server in self.servers:
            server.process.kill()


def _configuration(directory: Path, name: str, yarn_site: Mapping[str, str]) -> Path:
    """Write a configuration of Hadoop, and return its directory."""
    conf = directory / name
    conf.mkdir(parents=True, exist_ok=True)
    racks = conf / "racks"
    racks.write_text("".join(f"{host} {rack}\n" for host, rack in _NODES.items()))
    core_site = {
        "fs.defaultFS": "file:///",
        "hadoop.tmp.dir": str(directory / "tmp"),
        "net.topology.node.switch.mapping.impl": "org.apache.hadoop.net.TableMapping",
        "net.topology.table.file.name": str(racks),
    }
    for file, settings in (("core-site.xml", core_site), ("yarn-site.xml", yarn_site)):
        properties = "".join(
            f"  <property><name>{escape(k)}</name><value>{escape(v)}</value></property>\n"
            for k, v in settings.items()
        )
        (conf / file).write_text(f"<configuration>\n{properties}</configuration>\n")
    (conf / "log4j2.properties").write_text(_LOG4J)
    return conf


def _spark_settings(spark: SparkInstall, directory: Path) -> dict[str, str]:
    """Return what an application needs on this YARN, and what lets it take little memory."""
    return {
        # Otherwise Spark uploads all of them for every application.
        "spark.yarn.jars": f"local:{spark.jars}/*",
        "spark.yarn.stagingDir": (directory / "staging").as_uri(),
        "spark.yarn.appMasterEnv.SPARK_LOCAL_IP": LOOPBACK,
        "spark.yarn.appMasterEnv.PYSPARK_PYTHON": sys.executable,
        "spark.yarn.am.memory": "512m",
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
    }


def _asked(web: str, path: str) -> Any:
    with urllib.request.urlopen(f"{web}/ws/v1/cluster/{path}", timeout=60) as answer:
        return json.load(answer)


def _active_nodes(web: str) -> int:
    """Return how many nodes have come, 0 as long as the ResourceManager can't be asked.

    Its port is open before its REST API is there: for a moment it answers with an error. It may
    also be somebody else who answers, if its port was taken.
    """
    try:
        return int(_asked(web, "metrics")["clusterMetrics"]["activeNodes"])
    except (OSError, HTTPException, LookupError, ValueError):
        return 0
