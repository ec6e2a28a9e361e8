"""Applications with Neptune on a bed, in client and in cluster mode, and what they wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from dev.beds.bed import Bed
from dev.beds.kubernetes.cluster import Kubernetes
from dev.beds.yarn import Yarn
from neptune_spark import find_jar
from neptune_spark._start.shim import PLUGIN_CLASS
from tests.clusters.submitting import submission
from tests.conftest import RunProgram
from tests.integration.jobs import eventually, seen
from tests.integration.plain_answers import answers_in

ROOT = Path(__file__).parents[2]
APPS = Path(__file__).parent / "apps"
#: Two executors of one core each.
TWO = {"spark.executor.instances": "2", "spark.executor.cores": "1"}
#: For what our applications import of these tests, where the driver is not started by us.
IN_CLUSTER_MODE = {
    "spark.yarn.appMasterEnv.PYTHONPATH": str(ROOT),
    "spark.kubernetes.driverEnv.PYTHONPATH": str(ROOT),
}


def in_both_modes(
    *in_ci: tuple[str, str],
    smoke: tuple[str, str] | None = None,
    beds: Sequence[str] = ("yarn", "kubernetes"),
) -> pytest.MarkDecorator:
    """On each of the beds in client and in cluster mode.

    CI runs those that are named, as (bed, mode); on other lines that of `smoke`.
    """

    def marks(case: tuple[str, str]) -> list[pytest.MarkDecorator]:
        if case == smoke:
            return [pytest.mark.smoke]
        return [] if case in in_ci else [pytest.mark.beyond_ci]

    cases = [(bed, mode) for bed in beds for mode in ("client", "cluster")]
    params = [pytest.param(*case, marks=marks(case)) for case in cases]
    return pytest.mark.parametrize(("bed", "driving"), params, indirect=True)


@dataclass(frozen=True)
class Driving:
    """A bed, and how applications are submitted to it.

    `cluster` says where the driver runs: on the bed, or here.
    """

    bed: Bed
    cluster: bool
    run_program: RunProgram
    directory: Path

    def answers(
        self, app: str | Path, *words: str | Path, settings: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """What an application answers, in one line of JSON."""
        return answers_in(self.output(app, *words, settings=settings))

    def output(
        self, app: str | Path, *words: str | Path, settings: Mapping[str, str] | None = None
    ) -> str:
        """What the driver of an application wrote."""
        settings = {**IN_CLUSTER_MODE, **(settings or {})}
        return self.submitted(app, *words, settings=settings, env={"PYTHONPATH": str(ROOT)})

    def submitted(
        self,
        app: str | Path,
        *words: str | Path,
        settings: Mapping[str, str],
        env: Mapping[str, str],
        options: Sequence[str | Path] = (),
    ) -> str:
        """The same, for an application that sees nothing of these tests."""
        neptune = {"spark.plugins": PLUGIN_CLASS, "spark.jars": self._in_image(find_jar())}
        command = submission(
            self._in_image(APPS / app),
            *words,
            settings={**TWO, **neptune, **settings},
            mode="cluster" if self.cluster else "client",
            options=options,
        )
        return self.run(command, env)

    def run(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> str:
        """The same, for a whole command."""
        before = self._drivers()
        environment = {**self.bed.environment, **(env or {})}
        # Three JVMs, and in cluster mode four, start one after the other.
        ran = self.run_program(command, env=environment, cwd=self.directory, timeout_s=600)
        output = ran.stdout
        if self.cluster:
            (driver,) = self._drivers() - before
            output = self._output_of(driver)
        self._assert_nothing_is_left()
        return output

    def _in_image(self, file: Path) -> str:
        """The URL of a file, which would have to be uploaded otherwise for a driver in a pod."""
        return f"{'local://' if self.cluster and isinstance(self.bed, Kubernetes) else ''}{file}"

    def _drivers(self) -> set[str]:
        if isinstance(self.bed, Yarn):
            return set(self.bed.applications())
        assert isinstance(self.bed, Kubernetes)
        return set(self.bed.pods("driver"))

    def _output_of(self, driver: str) -> str:
        if isinstance(self.bed, Yarn):
            written = self.bed.driver_output(driver)
            assert self.bed.applications()[driver]["finalStatus"] == "SUCCEEDED", written
            return written
        assert isinstance(self.bed, Kubernetes)
        pod = self.bed.pods("driver")[driver]
        written = self.bed.output(driver)
        # As a user does, for whom Kubernetes keeps it.
        self.bed.api.delete("pods", pod)
        assert pod["status"]["phase"] == "Succeeded", written
        return written

    def _assert_nothing_is_left(self) -> None:
        bed = self.bed
        eventually(lambda: not bed.executors(), "an executor was left")
        eventually(lambda: not _python_of(bed), "a Python process was left")
        if isinstance(bed, Kubernetes):
            eventually(lambda: not bed.pods(), "a pod was left")
            eventually(lambda: not bed.api.items("configmaps"), "ConfigMaps were left")


def _python_of(bed: Bed) -> list[psutil.Process]:
    """Workers, their daemons, and process controllers."""
    return [
        process
        for process in bed.processes()
        if any("neptune_spark" in word for word in seen(process.cmdline))
    ]
