"""Bypass, inversion and lost executors on YARN and Kubernetes, in client and in cluster mode."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dev.beds.bed import Bed
from dev.beds.kubernetes.cluster import Kubernetes
from tests.clusters.driving import Driving, in_both_modes
from tests.conftest import RunProgram
from tests.integration.plain_answers import answers_in, check

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
APPS = ROOT / "tests" / "integration" / "apps"
PLAIN = APPS / "plain.py"


@in_both_modes(("kubernetes", "client"), smoke=("yarn", "cluster"))
def test_an_application_that_does_not_know_neptune(driving: Driving, tmp_path: Path) -> None:
    answers = driving.answers(PLAIN, "2", tmp_path)
    check(answers, driving.bed.master, 2, 1, scheduler="SubstituteScheduler")


@pytest.mark.beyond_ci
def test_a_script_that_starts_its_own_session(
    bed: Bed, run_program: RunProgram, tmp_path: Path
) -> None:
    words = [sys.executable, APPS / "with_builder.py", bed.master, PLAIN, "2", tmp_path]
    ran = run_program(words, env={**bed.environment}, cwd=tmp_path)
    check(answers_in(ran.stdout), bed.master, 2, 1, scheduler="SubstituteScheduler")


@in_both_modes()
def test_a_high_job_reads_what_a_suspended_low_job_is_caching(
    driving: Driving, tmp_path: Path
) -> None:
    one = {"spark.executor.instances": "1", "spark.executor.cores": "2"}
    answers = driving.answers("caching.py", tmp_path, settings=one)
    assert answers.pop("rescues") >= 2
    assert answers == {"high": 4950, "low": 100}


@in_both_modes(("yarn", "client"), ("kubernetes", "cluster"))
def test_an_executor_with_a_suspended_task_is_killed(driving: Driving, tmp_path: Path) -> None:
    answers = driving.answers("losing.py", tmp_path)
    partitions, attempts = zip(*answers.pop("low"))
    assert partitions == (0, 1) and sorted(attempts) == [0, 1]
    assert answers == {
        "high": [1],
        "low had ended": False,
        "suspended where the high task ran": True,
    }


def test_a_driver_in_a_pod_that_has_the_only_executor(
    kubernetes_bed: Kubernetes, run_program: RunProgram, tmp_path: Path
) -> None:
    driving = Driving(kubernetes_bed, True, run_program, tmp_path)
    local = {"spark.kubernetes.driver.master": "local[2]"}
    answers = driving.answers(PLAIN, "2", tmp_path, settings=local)
    # As in any local session, no task may fail.
    check(answers, kubernetes_bed.master, 2, -1, scheduler="SubstituteScheduler")
