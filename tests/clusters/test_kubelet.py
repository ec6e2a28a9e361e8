"""The kubelet of the Kubernetes bed, with pods that run a shell."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from dev.beds.bed import processes_of
from dev.beds.kubernetes import cluster
from dev.beds.kubernetes.api import Json
from dev.beds.kubernetes.cluster import Kubernetes
from tests.clusters.conftest import require
from tests.integration.jobs import eventually

pytestmark = pytest.mark.slow

AT_ONCE = {"terminationGracePeriodSeconds": 0}


@pytest.fixture(scope="module")
def shared() -> Iterator[Kubernetes]:
    require(cluster.jars)
    with cluster.kubernetes(cores_per_node=1) as bed:
        yield bed


@pytest.fixture
def bed(shared: Kubernetes) -> Iterator[Kubernetes]:
    """The bed, which has no pod before and none after the test, and no pod's output before."""
    for log in shared.logs.glob("*/*.log"):
        log.unlink()
    yield shared
    for pod in shared.pods().values():
        shared.api.delete("pods", pod)
    eventually(lambda: not shared.pods(), "pods were left")
    assert not list((shared.directory / "pods").iterdir())
    assert not processes_of(shared.directory / "pods")


def run(
    bed: Kubernetes,
    name: str,
    script: str,
    *,
    metadata: Json | None = None,
    spec: Json | None = None,
    **container: Any,
) -> None:
    """Create a pod that runs a script, with a whole node for itself."""
    whole = {"requests": {"cpu": "1"}}
    first = {"name": "c", "command": ["sh", "-c", script], "resources": whole, **container}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"name": name}, **(metadata or {})},
        "spec": {"containers": [first], **(spec or {})},
    }
    bed.api.create("pods", pod, "default")


def phase(bed: Kubernetes, name: str) -> str | None:
    found: str | None = bed.pods()[name].get("status", {}).get("phase")
    return found


def wait_for_phase(bed: Kubernetes, name: str, wanted: str) -> Json:
    eventually(lambda: phase(bed, name) == wanted, f"{name} is not {wanted}")
    return bed.pods()[name]


def terminated(pod: Json) -> Json:
    found: Json = pod["status"]["containerStatuses"][0]["state"]["terminated"]
    return found


@pytest.mark.parametrize(
    ("script", "wanted", "code"),
    [("true", "Succeeded", 0), ("exit 3", "Failed", 3), ("kill -9 $$", "Failed", 137)],
)
def test_how_a_pod_ended(bed: Kubernetes, script: str, wanted: str, code: int) -> None:
    run(bed, "p", f"echo said; {script}")
    assert terminated(wait_for_phase(bed, "p", wanted))["exitCode"] == code
    assert bed.output("p") == "said\n"


def test_a_pod_has_a_status_before_a_node_has_it(bed: Kubernetes) -> None:
    run(bed, "p", "true", resources={"requests": {"cpu": "2"}})
    assert bed.pods()["p"]["status"] == {"phase": "Pending"}
    assert bed.pods()["p"]["spec"].get("nodeName") is None


def test_what_cannot_be_run_fails(bed: Kubernetes) -> None:
    run(bed, "p", "", command=["/no/such/program"])
    assert "/no/such/program" in wait_for_phase(bed, "p", "Failed")["status"]["message"]


def test_all_of_a_pod_ends_with_it(bed: Kubernetes) -> None:
    run(bed, "p", "setsid sleep 1000 & exit 0")
    wait_for_phase(bed, "p", "Succeeded")
    assert not processes_of(bed.directory / "pods")


def test_a_deleted_pod_is_asked_to_end(bed: Kubernetes) -> None:
    run(bed, "p", "trap 'echo asked; exit' TERM; echo up; while :; do sleep 0.05; done")
    wait_for_output(bed, "p", "up\n")
    bed.api.delete("pods", bed.pods()["p"])
    # It is there until it has ended.
    eventually(lambda: not bed.pods(), "the pod was left")
    assert bed.output("p") == "up\nasked\n"


def test_a_deleted_pod_that_stays_is_killed(bed: Kubernetes) -> None:
    script = "trap '' TERM; echo up; while :; do sleep 0.05; done"
    run(bed, "p", script, spec=AT_ONCE)
    wait_for_output(bed, "p", "up\n")
    bed.api.delete("pods", bed.pods()["p"])
    eventually(lambda: not bed.pods(), "the pod was left")


def test_a_pod_with_a_hook_is_decommissioned(bed: Kubernetes) -> None:
    script = "trap 'echo decommissioned; exit' PWR; echo up; while :; do sleep 0.05; done"
    hook = {"preStop": {"exec": {"command": ["/opt/decom.sh"]}}}
    run(bed, "p", script, lifecycle=hook)
    wait_for_output(bed, "p", "up\n")
    bed.api.delete("pods", bed.pods()["p"])
    eventually(lambda: not bed.pods(), "the pod was left")
    assert bed.output("p") == "up\ndecommissioned\n"


def test_a_pod_waits_for_room(bed: Kubernetes) -> None:
    for name in ("first", "second"):
        run(bed, name, "sleep 1000", spec=AT_ONCE)
        wait_for_phase(bed, name, "Running")
    run(bed, "third", "echo third")
    nodes = {name: pod["spec"].get("nodeName") for name, pod in bed.pods().items()}
    assert {nodes["first"], nodes["second"]} == {"node-1", "node-2"}
    assert nodes["third"] is None
    bed.api.delete("pods", bed.pods()["first"])
    wait_for_phase(bed, "third", "Succeeded")


def test_a_pod_waits_for_what_it_needs(bed: Kubernetes) -> None:
    """A ConfigMap made later, in which paths and services mean what they mean here."""
    mounts = [
        {"name": "conf", "mountPath": "/opt/place/conf"},
        {"name": "data", "mountPath": "/opt/place/data"},
    ]
    volumes = [{"name": "conf", "configMap": {"name": "later"}}, {"name": "data", "emptyDir": {}}]
    env = [
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "later", "key": "word"}}},
        {"name": "CONF", "value": "/opt/place/conf"},
    ]
    script = 'cat "$CONF/key"; echo "$IP $NAME $SECRET"'
    run(bed, "p", script, spec={"volumes": volumes}, volumeMounts=mounts, env=env)
    eventually(lambda: bed.pods()["p"]["spec"].get("nodeName"), "the pod was not placed")
    text = "/opt/place/data at service.default.svc:1\n"
    word = base64.b64encode(b"hush").decode()
    for kind, value in (
        ("services", {"kind": "Service", "spec": {"selector": {"name": "p"}}}),
        ("secrets", {"kind": "Secret", "data": {"word": word}}),
        ("configmaps", {"kind": "ConfigMap", "data": {"key": text}}),
    ):
        assert phase(bed, "p") == "Pending"
        name = "service" if kind == "services" else "later"
        bed.api.create(kind, {"apiVersion": "v1", "metadata": {"name": name}, **value}, "default")
    pod = wait_for_phase(bed, "p", "Succeeded")
    ip = pod["status"]["podIP"]
    data_place = bed.directory / "pods" / pod["metadata"]["uid"] / "volumes" / "data"
    assert bed.output("p") == f"{data_place} at {ip}:1\n{ip} p hush\n"


def test_what_has_lost_its_owner_goes(bed: Kubernetes) -> None:
    run(bed, "owner", "sleep 1000", spec=AT_ONCE)
    owner = wait_for_phase(bed, "owner", "Running")
    reference = {"kind": "Pod", "name": "owner", "uid": owner["metadata"]["uid"]}
    run(bed, "owned", "sleep 1000", metadata={"ownerReferences": [reference]}, spec=AT_ONCE)
    wait_for_phase(bed, "owned", "Running")
    bed.api.delete("pods", owner)
    eventually(lambda: not bed.pods(), "a pod was left")


def wait_for_output(bed: Kubernetes, name: str, text: str) -> None:
    eventually(lambda: bed.output(name) == text, f"{name} did not say {text!r}")
