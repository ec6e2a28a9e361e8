"""Places pods on nodes, runs them as processes, and removes what has lost its owner.

It asks the API again and again, since the mock can be watched by websocket only.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dev.beds.kubernetes.api import UNREACHABLE, Api, Json, key_of
from dev.beds.kubernetes.pod import Pod, now
from dev.beds.kubernetes.volumes import NotYet

POLL_S: Final = 0.1
FINALIZER: Final = "neptune-spark.test/kubelet"
"""On each pod that runs: without one the mock forgets a pod at once that somebody deletes."""

_OWNED: Final = ("pods", "configmaps", "secrets", "services", "persistentvolumeclaims")
_ENDED: Final = ("Succeeded", "Failed")


@dataclass
class Node:
    """A node.

    Args:
        name: its name.
        cores: how many it has to give.
        network: the first three bytes of its pods' addresses, all on loopback.
    """

    name: str
    cores: float
    network: str
    taken: dict[str, float] = field(default_factory=dict)
    """The cores of each pod on it, by UID."""
    addresses: int = 0

    def free(self) -> float:
        """Return how many cores are not taken."""
        return self.cores - sum(self.taken.values())

    def address(self) -> str:
        """Return an address that no pod has."""
        self.addresses = self.addresses % 254 + 1
        return f"{self.network}.{self.addresses}"


class Kubelet:
    """The kubelet of all nodes, a thread, which is also scheduler and garbage collector.

    THREADING: everything but `stop` happens in the thread.

    Args:
        api: where pods come from.
        nodes: how many nodes there are.
        cores: how many cores each has.
        directory: where pods keep their volumes.
        logs: where their output goes, as NAMESPACE/POD.log.
    """

    def __init__(self, api: Api, nodes: int, cores: int, directory: Path, logs: Path) -> None:
        self._api = api
        self._directory = directory
        self._logs = logs
        # Another bed on this machine should have others.
        network = f"127.{random.randint(16, 254)}"
        self._nodes = [Node(f"node-{n}", cores, f"{network}.{n}") for n in range(1, nodes + 1)]
        self._pods: dict[str, Pod] = {}
        """Those that run or have run, by UID, until they are deleted."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kubelet", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        for node in self._nodes:
            self._api.create("nodes", _node(node))
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, and kill all pods."""
        self._stopped.set()
        self._thread.join()
        for pod in self._pods.values():
            pod.kill()

    def _run(self) -> None:
        told = ""
        while not self._stopped.wait(POLL_S):
            try:
                self._round()
            except UNREACHABLE as error:
                # Once, if it goes on.
                if str(error) != told:
                    told = str(error)
                    print(f"kubelet: the API: {told}", file=sys.stderr, flush=True)

    def _round(self) -> None:
        values = {value["metadata"]["uid"]: value for value in self._api.items("pods")}
        for uid in self._pods.keys() - values.keys():
            # Somebody has taken our finalizer away.
            self._forget(uid)
        for uid, value in values.items():
            try:
                self._look_after(uid, value)
            except UNREACHABLE:
                raise
            except (KeyError, OSError, TypeError, ValueError) as error:
                # A pod that can't be run is no reason to leave the others alone.
                self._leave_node(uid)
                self._ended(value, None, 1, f"{type(error).__name__}: {error}")
        self._collect_garbage(values)

    def _look_after(self, uid: str, value: Json) -> None:
        phase = value.get("status", {}).get("phase", "Pending")
        pod = self._pods.get(uid)
        if "deletionTimestamp" in value["metadata"]:
            if pod is None or pod.stop():
                if pod is not None and phase not in _ENDED:
                    self._ended(value, pod, pod.exit_code())
                self._forget(uid)
                self._api.set("pods", value, "metadata/finalizers", [])
        elif phase in _ENDED:
            return
        elif pod is None:
            self._place(uid, value)
        elif phase == "Pending":
            self._start(value, pod)
        elif (code := pod.exit_code()) is not None:
            self._leave_node(uid)
            self._ended(value, pod, code)

    def _place(self, uid: str, value: Json) -> None:
        """Give a pod a node if there is room; otherwise it waits."""
        wanted = _cores(value)
        node = max(self._nodes, key=Node.free)
        if node.free() < wanted:
            return
        node.taken[uid] = wanted
        namespace, name = key_of(value)
        log = self._logs / namespace / f"{name}.log"
        self._pods[uid] = Pod(self._api, value, node.address(), self._directory / uid, log)
        self._api.set("pods", value, "metadata/finalizers", [FINALIZER])
        self._api.set("pods", value, "spec/nodeName", node.name)

    def _start(self, value: Json, pod: Pod) -> None:
        try:
            pod.start()
        except NotYet:
            return
        running = {"running": {"startedAt": pod.started_at}}
        self._tell(value, pod, "Running", running)

    def _ended(self, value: Json, pod: Pod | None, code: int | None, message: str = "") -> None:
        terminated = {
            "exitCode": code,
            "reason": "Completed" if code == 0 else "Error",
            "message": message,
            "startedAt": pod.started_at if pod else now(),
            "finishedAt": now(),
        }
        phase = "Succeeded" if code == 0 else "Failed"
        self._tell(value, pod, phase, {"terminated": terminated}, message)

    def _tell(
        self, value: Json, pod: Pod | None, phase: str, state: Json, message: str = ""
    ) -> None:
        """Tell the API how a pod is."""
        ready = phase == "Running"
        container = value["spec"]["containers"][0]
        status = {
            "phase": phase,
            "message": message,
            "podIP": pod.ip if pod else "",
            "hostIP": "127.0.0.1",
            "startTime": pod.started_at if pod else now(),
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [
                {
                    "name": container["name"],
                    "image": container.get("image", ""),
                    "imageID": "",
                    "ready": ready,
                    "restartCount": 0,
                    "state": state,
                }
            ],
        }
        self._api.set("pods", value, "status", status)

    def _forget(self, uid: str) -> None:
        pod = self._pods.pop(uid, None)
        if pod is not None:
            pod.kill()
            pod.remove()
            self._leave_node(uid)

    def _leave_node(self, uid: str) -> None:
        for node in self._nodes:
            node.taken.pop(uid, None)

    def _collect_garbage(self, pods: Mapping[str, Json]) -> None:
        """Delete what belongs to a pod that is gone."""
        for kind in _OWNED:
            for value in self._api.items(kind):
                owners = value["metadata"].get("ownerReferences", ())
                if owners and not any(owner["uid"] in pods for owner in owners):
                    self._api.delete(kind, value)


def _node(node: Node) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name},
        "status": {"capacity": {"cpu": str(node.cores)}},
    }


def _cores(value: Json) -> float:
    """Return how many cores a pod asks for."""
    asked = value["spec"]["containers"][0].get("resources", {}).get("requests", {}).get("cpu", "0")
    text = str(asked)
    return float(text[:-1]) / 1000 if text.endswith("m") else float(text)
