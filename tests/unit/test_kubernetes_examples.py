"""The files of examples/kubernetes agree with each other, with the package and with the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from neptune_spark import __version__
from neptune_spark._settings import check_properties
from neptune_spark._start.lines import spark_lines
from neptune_spark._start.shim import PLUGIN_CLASS
from tests.clusters.spark_image import CONTEXT, instructions

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "kubernetes.md").read_text()
ARGUMENTS = dict(
    rest.split("=")
    for name, rest in instructions((CONTEXT / "Dockerfile").read_text())
    if name == "ARG"
)
OPERATORS = ["apache", "kubeflow"]


def spec_for(operator: str) -> dict[str, Any]:
    application = yaml.safe_load((CONTEXT / f"{operator}-operator.yaml").read_text())
    assert application["kind"] == "SparkApplication"
    spec: dict[str, Any] = application["spec"]
    return spec


def test_the_image_has_this_package_and_a_supported_spark() -> None:
    assert ARGUMENTS["NEPTUNE_VERSION"] == __version__
    assert ARGUMENTS["SPARK_VERSION"].rpartition(".")[0] in spark_lines()


@pytest.mark.parametrize("operator", OPERATORS)
def test_neptune_is_on(operator: str) -> None:
    conf = spec_for(operator)["sparkConf"]
    assert conf["spark.plugins"] == PLUGIN_CLASS
    check_properties(conf)


@pytest.mark.parametrize("operator", OPERATORS)
def test_it_runs_what_is_in_the_image(operator: str) -> None:
    spec = spec_for(operator)
    version = spec.get("sparkVersion") or spec["runtimeVersions"]["sparkVersion"]
    assert version == ARGUMENTS["SPARK_VERSION"]
    image = spec.get("image") or spec["sparkConf"]["spark.kubernetes.container.image"]
    assert image.replace("{{SPARK_VERSION}}", version) == f"registry/neptune:{version}"
    file = spec.get("mainApplicationFile") or spec["pyFiles"]
    folder, _, name = file.rpartition("/")
    assert folder == "local:///opt/spark/work-dir" and (CONTEXT / name).is_file()


@pytest.mark.parametrize("operator", OPERATORS)
def test_all_in_kubernetes_manner(operator: str) -> None:
    """Values of sparkConf are strings to both, and would be refused as numbers."""
    conf = spec_for(operator)["sparkConf"]
    assert {type(value) for value in conf.values()} == {str}


def test_the_page_names_them() -> None:
    for file in CONTEXT.iterdir():
        assert f"examples/kubernetes/{file.name}" in PAGE, file.name
