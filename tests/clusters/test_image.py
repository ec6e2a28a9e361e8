"""The image and the applications for operators of examples/kubernetes, on the bed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml

from dev.beds.kubernetes.cluster import Kubernetes
from tests.clusters.driving import Driving
from tests.clusters.spark_image import CONTEXT, Image, built
from tests.clusters.submitting import submission
from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    directory = tmp_path_factory.mktemp("image")
    wheels = directory / "wheels"
    words = ["pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(wheels)]
    subprocess.run([sys.executable, "-m", *words, ROOT], check=True)
    (wheel,) = wheels.iterdir()
    return built(directory, wheel)


def by_kubeflow(spec: dict[str, Any]) -> tuple[dict[str, str], str, list[str]]:
    """The settings, main file and arguments with which the operator calls spark-submit."""
    conf = {**spec["sparkConf"], "spark.kubernetes.container.image": spec["image"]}
    for role in ("driver", "executor"):
        conf.update({f"spark.{role}.{key}": spec[role][key] for key in ("cores", "memory")})
    conf["spark.executor.instances"] = spec["executor"]["instances"]
    account = "spark.kubernetes.authenticate.driver.serviceAccountName"
    conf[account] = spec["driver"]["serviceAccount"]
    return conf, spec["mainApplicationFile"], spec["arguments"]


def by_apache(spec: dict[str, Any]) -> tuple[dict[str, str], str, list[str]]:
    """The same; the operator has some settings of its own, and needs no spark-submit."""
    version = spec["runtimeVersions"]["sparkVersion"]
    conf = {k: v.replace("{{SPARK_VERSION}}", version) for k, v in spec["sparkConf"].items()}
    own = {
        "spark.authenticate": "true",
        "spark.io.encryption.enabled": "true",
        "spark.kubernetes.executor.useDriverPodIP": "true",
        "spark.kubernetes.executor.deleteOnTermination": "false",
    }
    return {**own, **conf}, spec["pyFiles"], spec["driverArgs"]


@pytest.mark.beyond_ci
@pytest.mark.parametrize(
    ("operator", "submitted"),
    [
        ("kubeflow", by_kubeflow),
        ("apache", by_apache),
    ],
)
def test_an_operators_application(
    kubernetes_bed: Kubernetes,
    run_program: RunProgram,
    tmp_path: Path,
    image: Image,
    operator: str,
    submitted: Callable[[dict[str, Any]], tuple[dict[str, str], str, list[str]]],
) -> None:
    text = (CONTEXT / f"{operator}-operator.yaml").read_text()
    conf, file, arguments = submitted(yaml.safe_load(text)["spec"])
    assert arguments == ["30"]
    for variable, value in image.environment.items():
        conf[f"spark.kubernetes.driverEnv.{variable}"] = value
        conf[f"spark.executorEnv.{variable}"] = value
    words = submission(image.place(file), "4", settings=conf, mode="cluster")
    driving = Driving(kubernetes_bed, True, run_program, tmp_path)
    output = driving.run(words)
    # Among what Spark logs.
    for said in (
        r"batch: 4 tasks, [\d,]+ turns",
        r"stream: [1-9]\d* micro-batches meanwhile",
        r"suspended ([1-9]\d*) times, resumed \1 times",
    ):
        assert re.search(f"^{said}$", output, re.MULTILINE), output
