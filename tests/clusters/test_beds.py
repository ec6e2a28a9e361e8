"""Stock Spark on the beds: both modes, executors lost, allocation that follows the load."""

from __future__ import annotations

import re
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import pytest

from dev.beds.bed import MARK, Bed, processes_of
from dev.beds.kubernetes.cluster import Kubernetes, kubernetes
from dev.beds.yarn import Yarn, yarn
from neptune_bench.harness import servers
from tests.clusters.submitting import ADDING, submission
from tests.conftest import RunProgram, started_program
from tests.integration.jobs import eventually, seen

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RIGHT = "ANSWER 499500"
#: How long an application may take to start, on a busy machine.
START_S = 400.0
#: What other tests need as much, which are in CI.
STOCK_SPARK = pytest.mark.beyond_ci


@STOCK_SPARK
def test_client_mode(bed: Bed, run_program: RunProgram, tmp_path: Path) -> None:
    done = run_program(submission(ADDING, "4"), env={**bed.environment}, cwd=tmp_path)
    assert RIGHT in done.stdout


@STOCK_SPARK
def test_yarn_in_cluster_mode(yarn_bed: Yarn, run_program: RunProgram, tmp_path: Path) -> None:
    before = set(yarn_bed.applications())
    words = submission(ADDING, "4", mode="cluster")
    run_program(words, env={**yarn_bed.environment}, cwd=tmp_path)
    (application,) = set(yarn_bed.applications()) - before
    assert yarn_bed.applications()[application]["finalStatus"] == "SUCCEEDED"
    assert RIGHT in yarn_bed.driver_output(application)


@STOCK_SPARK
def test_kubernetes_in_cluster_mode(
    kubernetes_bed: Kubernetes, run_program: RunProgram, tmp_path: Path
) -> None:
    # A plain path would have to be uploaded.
    words = submission(f"local://{ADDING}", "4", mode="cluster")
    run_program(words, env={**kubernetes_bed.environment}, cwd=tmp_path)
    ((name, driver),) = kubernetes_bed.pods("driver").items()
    assert driver["status"]["phase"] == "Succeeded", kubernetes_bed.output(name)
    assert RIGHT in kubernetes_bed.output(name)
    # As a user does, for whom Kubernetes keeps it.
    kubernetes_bed.api.delete("pods", driver)
    eventually(lambda: not kubernetes_bed.pods(), "the driver's pod was left")
    # They belong to the driver's pod.
    eventually(lambda: not kubernetes_bed.api.items("configmaps"), "ConfigMaps were left")
    eventually(lambda: not kubernetes_bed.api.items("services"), "services were left")


@STOCK_SPARK
def test_both_nodes_of_yarn_have_executors(yarn_bed: Yarn, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    words = submission(ADDING, "2", gate)
    with started_program(words, env={**yarn_bed.environment}, cwd=tmp_path) as program:
        eventually(lambda: len(yarn_bed.executors()) == 2, "no executors", START_S)
        hosts = {host_of(executor) for executor in yarn_bed.executors()}
        gate.touch()
        out, err = program.communicate()
    assert hosts == {"127.0.0.2", "127.0.0.3"}
    assert RIGHT in out, err


@STOCK_SPARK
def test_an_executor_is_killed(bed: Bed, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    words = submission(ADDING, "2", gate)
    with started_program(words, env={**bed.environment}, cwd=tmp_path) as program:
        eventually(lambda: len(working(bed)) == 2, "no executors", START_S)
        first, second = working(bed)
        first.kill()
        eventually(
            lambda: len(set(working(bed)) - {first, second}) == 1, "no other came for it", START_S
        )
        gate.touch()
        out, err = program.communicate()
    assert RIGHT in out, err
    assert program.returncode == 0


@STOCK_SPARK
def test_dynamic_allocation(bed: Bed, tmp_path: Path) -> None:
    gate, end = tmp_path / "gate", tmp_path / "end"
    settings = {
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.dynamicAllocation.maxExecutors": "3",
        "spark.dynamicAllocation.executorIdleTimeout": "1s",
    }
    words = submission(ADDING, "6", gate, end, settings=settings)
    with started_program(words, env={**bed.environment}, cwd=tmp_path) as program:
        eventually(lambda: len(bed.executors()) == 3, "the application did not grow", START_S)
        gate.touch()
        eventually(lambda: not bed.executors(), "the application did not shrink")
        end.touch()
        out, err = program.communicate()
    assert RIGHT in out, err


@pytest.mark.parametrize("kind", ["yarn", "kubernetes"])
def test_the_command_ends_as_what_it_runs(
    kind: str, run_program: RunProgram, tmp_path: Path
) -> None:
    script = f"echo master=$NEPTUNE_MASTER; echo {MARK}=${MARK}; exit 7"
    words = [str(ROOT / "dev" / f"with-{kind}"), "sh", "-c", script]
    done = run_program(words, cwd=tmp_path, env=ACTIVE, check=False)
    assert done.returncode == 7, done.stderr
    assert re.search(r"master=(yarn|k8s://http://\S+)", done.stdout)
    assert_nothing_of(bed_of(done.stdout))


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        pytest.param("yarn", "SIGTERM", marks=pytest.mark.beyond_ci),
        pytest.param("yarn", "the command dies", marks=pytest.mark.beyond_ci),
        pytest.param("kubernetes", "SIGINT", marks=pytest.mark.beyond_ci),
        ("kubernetes", "the command dies"),
    ],
)
def test_nothing_is_left_however_the_command_ends(kind: str, end: str, tmp_path: Path) -> None:
    submitted = " ".join(f"'{word}'" for word in submission(ADDING, "2", tmp_path / "never"))
    # The shell goes on, while its application is a process beside it.
    script = f"echo {MARK}=${MARK} > bed; {submitted} & wait"
    words = [str(ROOT / "dev" / f"with-{kind}"), "sh", "-c", script]
    with started_program(words, cwd=tmp_path, env=ACTIVE) as program:
        written = tmp_path / "bed"
        eventually(
            lambda: written.exists() and written.read_text().endswith("\n"), "no bed", START_S
        )
        directory = bed_of(written.read_text())
        bed = Bed("", directory, directory, {})
        eventually(lambda: len(working(bed)) == 2, "no executors", START_S)
        if end == "the command dies":
            (shell,) = (p for p in bed.processes() if seen(p.cmdline) == ["sh", "-c", script])
            shell.kill()
            expected = 128 + signal.SIGKILL
        else:
            program.send_signal(signal.Signals[end])
            expected = 128 + signal.Signals[end]
        _, err = program.communicate()
    assert program.returncode == expected, err
    assert_nothing_of(directory)


@STOCK_SPARK
@pytest.mark.parametrize("start", [yarn, kubernetes])
def test_a_port_that_somebody_takes_meanwhile_is_no_matter(
    start: Callable[[], AbstractContextManager[Bed]], monkeypatch: pytest.MonkeyPatch
) -> None:
    free_ports = servers.free_ports
    offered: list[list[int]] = []
    with socket.create_server(("127.0.0.1", 0)) as somebody:

        def ports(count: int) -> list[int]:
            last = free_ports(1) if offered else [somebody.getsockname()[1]]
            offered.append([*free_ports(count - 1), *last])
            return offered[-1]

        monkeypatch.setattr(servers, "free_ports", ports)
        with start() as bed:
            assert len(offered) == 2
        assert_nothing_of(bed.directory)


#: The commands use the environment that is active.
ACTIVE = {"VIRTUAL_ENV": sys.prefix}


def bed_of(text: str) -> Path:
    found = re.search(rf"{MARK}=(\S+)", text)
    assert found is not None, text
    return Path(found[1])


def assert_nothing_of(directory: Path) -> None:
    assert processes_of(directory) == []
    assert not directory.exists()


def working(bed: Bed) -> list[psutil.Process]:
    """The executors that run Python tasks."""
    return [executor for executor in bed.executors() if seen(executor.children)]


def host_of(executor: psutil.Process) -> str:
    words = executor.cmdline()
    return str(words[words.index("--hostname") + 1])
