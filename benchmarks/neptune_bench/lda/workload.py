"""The workload: documents are scored while topic models are trained (see the package)."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.lda import corpora, model, newest, quality, training
from neptune_bench.lda.corpora import corpus_file
from neptune_bench.lda.newest import FIRST, Published
from neptune_bench.lda.stream import PER_FILE, Scoring, files, rows
from neptune_bench.lda.trainers import (
    BOTH,
    ML,
    ML_STEP,
    PYTHON,
    Training,
    measured_quality,
    round_name,
)
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.workload import (
    Answers,
    Show,
    Workload,
    equal_steps,
)

LEAST_MATCHED: Final = 0.65
"""Mean cosine of learnt and true topics: about 0.85 as a rule, below 0.4 before any training."""
MOST_PERPLEXITY: Final = 0.9
"""Perplexity on held-out documents, over that of the words' frequencies alone."""
# Spark adds up the partial sums of a round in the order in which tasks end (treeAggregate), so its
# fits differ in their last digits, which the next rounds make larger; not in more.
ML_TOLERANCE: Final = 1e-3
REFERENCE: Final = "reference.json"


class TopicModels(Workload):
    """See the package."""

    name = "lda"
    title = "LDA: documents are scored while topic models are trained"
    scale_unit = (
        f"size of the corpus, 1 for {corpora.DOCUMENTS} generated documents or all chapters"
    )
    event_unit = f"files of {PER_FILE} documents"
    step_unit = "rounds and fits"
    arrivals = "one file in each slot of time, at a random moment of it"
    stream = Scoring
    batch = Training

    def plan(self, quick: bool) -> Plan:
        """Return a plan of about an hour, or a quick one."""
        options = {"corpus": corpora.GENERATIVE, "trainer": BOTH, "topics": 10, "tasks": 8}
        full = Plan(self.name, scale=1.0, duration_s=60.0, rate=2.0, options=options)
        if not quick:
            return full
        small = {**options, "topics": 6, "tasks": 4}
        return replace(full, scale=0.06, duration_s=5.0, warm_s=1.0, repeat=1, options=small)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add what is trained, on what."""
        add = parser.add_argument
        add("--corpus", choices=corpora.NAMES, help="text (generative: of known topics)")
        add("--trainer", choices=(PYTHON, ML, BOTH), help="who trains (both)")
        add("--topics", type=int, help="topics of each model")
        add("--tasks", type=int, help="tasks of a round, the same for every scheduler")

    def settings(self, plan: Plan) -> Mapping[str, str]:
        """Keep NumPy's workers at one thread each: a task has one core."""
        return {"spark.executorEnv.OMP_NUM_THREADS": "1"}

    def packages(self, plan: Plan) -> Sequence[str]:
        """Return what trains and scores, and where a text is from."""
        found = ["numpy", "pandas", "pyarrow"]
        return [*found, corpora.KJV_PACKAGE] if plan.options["corpus"] == corpora.KJV else found

    @contextmanager
    def prepare(self, plan: Plan, directory: Path, show: Show) -> Iterator[None]:
        """Make the corpus and the files that arrive, and train a model on it without Spark."""
        topics, tasks = plan.options["topics"], plan.options["tasks"]
        if min(topics, tasks) < 1:
            raise BenchmarkError("--topics and --tasks must be positive.")
        show(f"the {plan.options['corpus']} corpus")
        corpus = corpora.make(plan.options["corpus"], topics, plan.scale, plan.seed)
        corpus.save(corpus_file(directory))
        files(plan, directory).write(rows(corpus))
        lambda_ = model.start(topics, len(corpus.vocabulary), plan.seed)
        digests = {}
        rounds = training.train(lambda_, training.here(corpus.trained, tasks))
        for number, lambda_ in enumerate(rounds, 1):
            if number % training.MINIBATCHES == 0:
                epoch = number // training.MINIBATCHES
                show(f"the same training without Spark: epoch {epoch} of {training.EPOCHS}")
            digests[round_name(number)] = [training.digest(lambda_)]
        newest.write(newest.first(directory), Published(FIRST, lambda_))
        frequencies = quality.without_topics(corpus.trained, len(corpus.vocabulary))
        bar = quality.perplexity(frequencies, corpus.held_out) * MOST_PERPLEXITY
        found = measured_quality(lambda_, corpus)
        require(found, bar, "The Python trainer's model")
        reference = {"digests": digests, "quality": found, "bar": bar}
        (directory / REFERENCE).write_text(json.dumps(reference))
        yield

    def check(self, plan: Plan, directory: Path, answers: Sequence[Answers]) -> str:
        """Check rounds, fits, and scores (see the package)."""
        reference = json.loads((directory / REFERENCE).read_text())
        check_rounds(reference["digests"], answers)
        check_fits(reference["bar"], answers)
        scored = check_scores(answers)
        found = ", ".join(f"{name} {value:.3g}" for name, value in reference["quality"].items())
        return (
            f"The rounds learnt what the same rounds learn without Spark ({found}); every fit of "
            f"pyspark.ml was as good as it must be; {scored} documents were scored once each, as "
            "the model that the score names has it."
        )


def require(found: Mapping[str, float], bar: float, whose: str) -> None:
    """Check the quality of a model.

    Args:
        found: see `measured_quality`.
        bar: the greatest perplexity that will do.
        whose: the model, as the error names it.

    Raises:
        BenchmarkError: if it is not good enough.
    """
    if not found["perplexity"] <= bar:
        raise BenchmarkError(
            f"{whose} has a perplexity of {found['perplexity']:.4g} on held-out documents, where "
            f"at most {bar:.4g} is asked for."
        )
    if not found.get("matched", 1.0) >= LEAST_MATCHED:
        raise BenchmarkError(
            f"{whose} matches the true topics by {found['matched']:.3g} only (mean cosine), where "
            f"{LEAST_MATCHED:g} is asked for."
        )


def check_rounds(digests: Mapping[str, Any], answers: Sequence[Answers]) -> None:
    """Check that each round of the Python trainer has the digest that it has without Spark.

    Raises:
        BenchmarkError: naming the first that has not.
    """
    rounds = [
        Answers(run.where, None, {name: run.batch[name] for name in run.batch if name in digests})
        for run in answers
    ]
    equal_steps([Answers("without Spark", None, digests), *rounds])


def check_fits(bar: float, answers: Sequence[Answers]) -> None:
    """Check that each fit of pyspark.ml is good enough, and about as good as the others.

    Raises:
        BenchmarkError: naming the first that is not.
    """
    every = [(run.where, fit) for run in answers for fit in run.batch.get(ML_STEP, ())]
    for where, fit in every:
        require(fit, bar, f"pyspark.ml's model in the run {where}")
        first, expected = every[0]
        for name, value in fit.items():
            if abs(value - expected[name]) > ML_TOLERANCE * expected[name]:
                raise BenchmarkError(
                    f"pyspark.ml's model has a {name} of {value:.6g} in the run {where}, and of "
                    f"{expected[name]:.6g} in the run {first}."
                )


def check_scores(answers: Sequence[Answers]) -> int:
    """Check the streams' own findings; return how many documents they have scored.

    Raises:
        BenchmarkError: naming the first score that is wrong.
    """
    scored = 0
    for run in answers:
        if run.stream is not None:
            if run.stream["wrong"]:
                raise BenchmarkError(
                    f"The stream's scores are wrong in the run {run.where}: "
                    f"{run.stream['wrong'][0]} and {len(run.stream['wrong']) - 1} more."
                )
            scored += int(run.stream["documents"])
    return scored


WORKLOAD: Final = TopicModels()
