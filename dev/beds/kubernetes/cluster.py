"""Starts a Kubernetes for one command or test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dev.beds.bed import LOOPBACK, Bed, marked, place, spark_environment
from dev.beds.kubernetes.api import Api, Json
from dev.beds.kubernetes.kubelet import Kubelet
from neptune_bench.harness.maven import Artifact, fetched, java
from neptune_bench.harness.servers import on_free_ports, started, wait_until
from neptune_spark._start.spark_install import find_spark

FABRIC8: Final = "7.6.1"
"""Of the API mock; clients of older ones understand it."""

_NODES: Final = 2
_ARTIFACTS: Final = [
    Artifact("io.fabric8", name, FABRIC8)
    # The mock leaves the client to who uses it, and Ivy takes the client's API for a test's.
    for name in ("kubernetes-server-mock", "kubernetes-client", "kubernetes-client-api")
]
_FOR_HTTPS: Final = [("org.bouncycastle", "*")]
_JVM: Final = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_KUBECONFIG: Final = """\
apiVersion: v1
kind: Config
current-context: bed
contexts: [{{name: bed, context: {{cluster: bed, user: bed, namespace: default}}}}]
clusters: [{{name: bed, cluster: {{server: "{url}"}}}}]
users: [{{name: bed}}]
"""


@dataclass(frozen=True)
class Kubernetes(Bed):
    """A Kubernetes that has been started.

    Args:
        api: its API.
    """

    api: Api

    def pods(self, role: str | None = None) -> dict[str, Json]:
        """Return all pods, or those of Spark's role `driver` or `executor`, by name."""
        return {
            pod["metadata"]["name"]: pod
            for pod in self.api.items("pods")
            if role is None or pod["metadata"].get("labels", {}).get("spark-role") == role
        }

    def output(self, pod: str) -> str:
        """Return what a pod wrote, also one that is gone."""
        logs = self.logs.glob(f"*/{pod}.log")
        return "".join(log.read_text(errors="replace") for log in logs)


def jars() -> Path:
    """Return the directory of the API mock's jars, fetched if need be.

    Raises:
        BenchmarkError: if they can't be fetched.
    """
    return fetched(
        f"kubernetes-server-mock-{FABRIC8}", _ARTIFACTS, "The Kubernetes for tests", _FOR_HTTPS
    )


@contextmanager
def kubernetes(*, cores_per_node: int = 4, logs: Path | None = None) -> Iterator[Kubernetes]:
    """Run a Kubernetes.

    Args:
        cores_per_node: what each of the two nodes has to give; pods that ask for more wait.
        logs: where the output of pods goes; None for a place that goes with the Kubernetes.

    Raises:
        BenchmarkError: if it can't be fetched, or doesn't start.
    """
    spark = find_spark()
    with ExitStack() as stack:
        directory = stack.enter_context(place("kubernetes"))
        logs = (logs or directory / "logs").absolute()
        api = stack.enter_context(on_free_ports(1, lambda ports: _api(directory, *ports)))
        kubelet = Kubelet(api, _NODES, cores_per_node, directory / "pods", logs)
        kubelet.start()
        stack.callback(kubelet.stop)
        master = f"k8s://{api.url}"
        environment = spark_environment(spark, directory, master, _spark_settings(api.url))
        # Spark's client reads it: nothing of the user's own cluster must get in.
        config = directory / "kubeconfig"
        config.write_text(_KUBECONFIG.format(url=api.url))
        environment["KUBECONFIG"] = str(config)
        yield Kubernetes(master, directory, logs, environment, api)


@contextmanager
def _api(directory: Path, port: int) -> Iterator[Api]:
    """Run the API mock on a port."""
    place = directory / "api"
    command, env = _api_server(port, place), marked(directory)
    with started("Kubernetes' API mock", command, place, env=env) as server:
        api = Api(f"http://{LOOPBACK}:{port}")
        wait_until(api.is_there, [server])
        yield api


def _api_server(port: int, directory: Path) -> list[str]:
    """Return the command of the API mock, which works in a directory."""
    directory.mkdir(exist_ok=True)
    options = [*_JVM, f"-Djava.io.tmpdir={directory}", "-cp", f"{jars()}/*"]
    return [java(), *options, str(Path(__file__).with_name("ApiServer.java")), str(port)]


def _spark_settings(url: str) -> dict[str, str]:
    """Return what an application needs on this Kubernetes, and lets it take little memory."""
    return {
        # All pods run this machine's Spark.
        "spark.kubernetes.container.image": "none",
        "spark.kubernetes.driver.master": url,
        "spark.kubernetes.driverEnv.SPARK_LOCAL_IP": LOOPBACK,
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
    }
