"""What fails the benchmark: wrong rounds, wrong scores, models that are not good."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.lda import corpora, stream, workload
from neptune_bench.lda.trainers import ML_STEP
from neptune_bench.lda.workload import WORKLOAD, require
from neptune_bench.unified.workload import Answers
from tests.unit.lda.made_up import corpus

GOOD = {"perplexity": 90.0, "matched": 0.8}


def ran(where: str, batch: Mapping[str, Any], scored: object = None) -> Answers:
    return Answers(where, scored, batch)


def test_a_good_model_will_do() -> None:
    require(GOOD, 100.0, "It")
    require({"perplexity": 100.0}, 100.0, "It")


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        ({**GOOD, "perplexity": 101.0}, "a perplexity of 101 .* at most 100"),
        ({**GOOD, "perplexity": float("nan")}, "a perplexity of nan"),
        ({**GOOD, "matched": 0.6}, "matches the true topics by 0.6 only"),
    ],
)
def test_a_bad_model_fails(found: dict[str, float], problem: str) -> None:
    with pytest.raises(BenchmarkError, match=problem):
        require(found, 100.0, "It")


def test_rounds_must_be_those_without_spark() -> None:
    digests = {"round 1": [[1.0, 2.0]], "round 2": [[3.0, 4.0]]}
    fit = {ML_STEP: [GOOD]}
    workload.check_rounds(digests, [ran("a", {"round 1": [[1.0, 2.0]], **fit}), ran("b", fit)])
    with pytest.raises(BenchmarkError, match=r"round 1 .* without Spark and another in the run a"):
        workload.check_rounds(digests, [ran("a", {"round 1": [[1.0, 2.0], [1.0, 2.00001]]})])


def test_fits_must_be_good_and_alike() -> None:
    near = {"perplexity": 90.01, "matched": 0.8001}
    workload.check_fits(100.0, [ran("a", {ML_STEP: [GOOD, near]}), ran("b", {})])
    with pytest.raises(BenchmarkError, match="in the run b, and of 90 in the run a"):
        far = {**GOOD, "perplexity": 92.0}
        workload.check_fits(100.0, [ran("a", {ML_STEP: [GOOD]}), ran("b", {ML_STEP: [far]})])
    with pytest.raises(BenchmarkError, match=r"pyspark\.ml's model in the run a"):
        workload.check_fits(80.0, [ran("a", {ML_STEP: [GOOD]})])


def test_scores_must_be_right() -> None:
    right = {"documents": 7, "models": ["first"], "wrong": []}
    assert workload.check_scores([ran("a", {}, right), ran("b", {}), ran("c", {}, right)]) == 14
    with pytest.raises(BenchmarkError, match="the run b: document 3 and 1 more"):
        wrong = {**right, "wrong": ["document 3", "6 scores of 7 documents"]}
        workload.check_scores([ran("a", {}, right), ran("b", {}, wrong)])


def test_documents_arrive_by_the_plan(tmp_path: Path) -> None:
    plan = WORKLOAD.plan(quick=True)
    files = stream.files(plan, tmp_path)
    files.write(stream.rows(corpus()))
    assert files.times == sorted(files.times)
    assert files.times[0] >= 0.0 and files.times[-1] <= plan.stream_s
    found = files.read()
    assert [row["document"] for row in found] == list(range(len(files) * stream.PER_FILE))
    assert {row["file"] for row in found} == set(range(len(files)))


def test_options_become_the_plans() -> None:
    parser = argparse.ArgumentParser()
    WORKLOAD.add_arguments(parser)
    options = vars(parser.parse_args(["--corpus", corpora.KJV]))
    assert options.keys() == WORKLOAD.plan(quick=False).options.keys()
    assert options["corpus"] == corpora.KJV
