"""A YARN and a Kubernetes for the tests of this folder, each started once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest

from dev.beds.bed import Bed
from dev.beds.kubernetes import cluster
from dev.beds.kubernetes.cluster import Kubernetes
from dev.beds.yarn import Yarn, yarn
from dev.beds.yarn import jars as yarn_jars
from neptune_bench.harness.program import BenchmarkError
from tests.clusters.driving import Driving
from tests.conftest import RunProgram
from tests.integration.jobs import eventually


def require(jars: Callable[[], Path]) -> None:
    """Skip where the jars can't be fetched; in CI that is an error."""
    try:
        jars()
    except BenchmarkError as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def started_yarn() -> Iterator[Yarn]:
    require(yarn_jars)
    with yarn() as bed:
        yield bed


@pytest.fixture(scope="session")
def started_kubernetes() -> Iterator[Kubernetes]:
    require(cluster.jars)
    with cluster.kubernetes() as bed:
        yield bed


@pytest.fixture
def yarn_bed(started_yarn: Yarn) -> Iterator[Yarn]:
    """A YARN, on which nothing runs before and after the test."""
    yield started_yarn
    eventually(lambda: not started_yarn.executors(), "an executor was left")


@pytest.fixture
def kubernetes_bed(started_kubernetes: Kubernetes) -> Iterator[Kubernetes]:
    """A Kubernetes, which has no pod before and after the test."""
    yield started_kubernetes
    eventually(lambda: not started_kubernetes.pods(), "a pod was left")
    assert not started_kubernetes.executors()


@pytest.fixture
def driving(
    request: pytest.FixtureRequest, bed: Bed, run_program: RunProgram, tmp_path: Path
) -> Driving:
    """How applications are submitted to it in a mode, client or cluster."""
    return Driving(bed, request.param == "cluster", run_program, tmp_path)


@pytest.fixture(params=["yarn", "kubernetes"])
def bed(request: pytest.FixtureRequest) -> Bed:
    """Each of them."""
    found: Bed = request.getfixturevalue(f"{request.param}_bed")
    return found
