"""The batch: two trainers, each in a thread of its own, that train again and again.

What they learn is published, so the stream scores against it. Both read the corpus from an RDD or a
DataFrame that is cached, in a number of parts that does not depend on the cores: what is learnt
must not depend on the scheduler.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pyspark import RDD, Broadcast
from pyspark.ml.clustering import LDA
from pyspark.ml.linalg import Vectors
from pyspark.sql import DataFrame

from neptune_bench.lda import model, newest, quality, training
from neptune_bench.lda.corpora import Corpus, corpus_file
from neptune_bench.lda.model import Document
from neptune_bench.lda.newest import Published
from neptune_bench.lda.special import Floats
from neptune_bench.unified.workload import Application, BatchSide, Work

PYTHON: Final = "python"
ML: Final = "ml"
BOTH: Final = "both"
ML_STEP: Final = "pyspark.ml fit"


def round_name(number: int) -> str:
    """Return the name of a round of the Python trainer, from 1."""
    return f"round {number}"


def minibatch_statistics(
    minibatch: int, shared: Broadcast[Floats]
) -> Callable[[Iterable[Document]], Iterator[Floats]]:
    """Return the partition function of a round."""

    def function(documents: Iterable[Document]) -> Iterator[Floats]:
        yield training.part_statistics(list(documents), minibatch, shared.value)

    return function


class PythonTrainer:
    """Online variational Bayes whose partition functions compute in NumPy."""

    def __init__(self, application: Application, corpus: Corpus) -> None:
        """Lay out the corpus."""
        plan = application.plan
        self._context = application.spark.sparkContext
        self._start = model.start(plan.options["topics"], len(corpus.vocabulary), plan.seed)
        self._place = newest.place(application)
        parts = training.parts(corpus.trained, plan.options["tasks"])
        self._documents: RDD[Document] = (
            self._context.parallelize(parts, len(parts)).flatMap(list).cache()
        )

    def warm_up(self) -> None:
        """Cache the corpus, and do one round."""
        next(training.train(self._start, self._gather))

    def steps(self) -> Iterator[tuple[str, Work]]:
        """Yield the rounds of one training after the other, without end."""
        while True:
            rounds = training.train(self._start, self._gather)
            for number in range(1, training.ROUNDS + 1):
                yield round_name(number), functools.partial(self._round, rounds, number)

    def _round(self, rounds: Iterator[Floats], number: int) -> object:
        lambda_ = next(rounds)
        newest.write(self._place, Published(round_name(number), lambda_))
        return training.digest(lambda_)

    def _gather(self, exp_log_beta: Floats, minibatch: int) -> Sequence[Floats]:
        shared = self._context.broadcast(exp_log_beta)
        try:
            # `collect` keeps the order of the partitions, whichever ends first.
            return self._documents.mapPartitions(minibatch_statistics(minibatch, shared)).collect()
        finally:
            shared.destroy()


class MlTrainer:
    """Spark's own online LDA, in the JVM; a step is a whole fit."""

    def __init__(self, application: Application, corpus: Corpus) -> None:
        """Lay out the corpus."""
        plan = application.plan
        self._corpus = corpus
        self._place = newest.place(application)
        self._frame = frame(application, corpus, plan.options["tasks"])
        prior = model.prior(plan.options["topics"])
        self._lda = LDA(
            k=plan.options["topics"],
            seed=plan.seed,
            optimizer="online",
            maxIter=training.ROUNDS,
            subsamplingRate=1 / training.MINIBATCHES,
            learningOffset=model.TAU,
            learningDecay=model.KAPPA,
            optimizeDocConcentration=False,
            docConcentration=[prior],
            topicConcentration=prior,
        )

    def warm_up(self) -> None:
        """Cache the corpus, and make a fit of two rounds."""
        self._frame.count()
        self._lda.fit(self._frame, {self._lda.maxIter: 2})

    def steps(self) -> Iterator[tuple[str, Work]]:
        """Yield the same fit, without end."""
        while True:
            yield ML_STEP, self._fit

    def _fit(self) -> object:
        # It is words x topics, and holds lambda itself.
        lambda_ = self._lda.fit(self._frame).topicsMatrix().toArray().T
        newest.write(self._place, Published(ML_STEP, lambda_))
        return measured_quality(lambda_, self._corpus)


def measured_quality(lambda_: Floats, corpus: Corpus) -> dict[str, float]:
    """Return the perplexity on held-out documents, and how near the true topics are, if known."""
    found = {"perplexity": quality.perplexity(lambda_, corpus.held_out)}
    if corpus.truth is not None:
        found["matched"] = quality.matched(lambda_, corpus.truth)
    return found


def frame(application: Application, corpus: Corpus, parts: int) -> DataFrame:
    """Return the corpus as ``pyspark.ml`` takes it, cached when it is first used."""
    size = len(corpus.vocabulary)
    rows = [(Vectors.sparse(size, d.words, d.counts),) for d in corpus.trained]
    slices = application.spark.sparkContext.parallelize(rows, parts)
    return application.spark.createDataFrame(slices, ["features"]).cache()


class Training(BatchSide):
    """The trainers that the plan names."""

    def __init__(self, application: Application) -> None:
        """Load the corpus."""
        corpus = Corpus.load(corpus_file(application.data))
        made: Mapping[str, Any] = {PYTHON: PythonTrainer, ML: MlTrainer}
        asked = application.plan.options["trainer"]
        self._trainers: list[PythonTrainer | MlTrainer] = [
            trainer(application, corpus) for name, trainer in made.items() if asked in (name, BOTH)
        ]

    def warm_up(self) -> None:
        """Warm up each trainer."""
        for trainer in self._trainers:
            trainer.warm_up()

    def threads(self) -> Sequence[Iterator[tuple[str, Work]]]:
        """Return each trainer's steps."""
        return [trainer.steps() for trainer in self._trainers]
