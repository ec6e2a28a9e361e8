"""The stream: documents arrive in files and are scored against the newest model."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pyspark import Broadcast
from pyspark.sql import DataFrame, SparkSession

from neptune_bench.lda.corpora import Corpus, corpus_file, text
from neptune_bench.lda.newest import Newest, Published
from neptune_bench.lda.scoring import DOCUMENTS, SCORES, Scorer, scoring
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.query import Files, Query
from neptune_bench.unified.requests import slots
from neptune_bench.unified.workload import Application

PER_FILE: Final = 16
WARM_FILES: Final = 4
RELATIVE_TOLERANCE: Final = 1e-9


def files(plan: Plan, data: Path) -> Files:
    """Return the files of documents: one in each slot of time, at a random moment of it."""
    return Files(data / "documents", WARM_FILES, slots(plan.seed, plan.rate, plan.stream_s))


def rows(corpus: Corpus) -> Callable[[int], Iterable[Mapping[str, object]]]:
    """Return what makes a file's rows: held-out documents, again and again if need be."""

    def made(file: int) -> Iterable[Mapping[str, object]]:
        for number in range(file * PER_FILE, (file + 1) * PER_FILE):
            document = corpus.held_out[number % len(corpus.held_out)]
            words = text(document, corpus.vocabulary)
            yield {"file": file, "document": number, "text": words}

    return made


class Scoring(Query):
    """A streaming query whose micro-batches each take the newest model.

    A file's latency is until the scores of all of its documents are written.
    """

    title = "scores of documents"

    def __init__(self, application: Application) -> None:
        """Begin with the model that is there before all runs."""
        self._context = application.spark.sparkContext
        self._arrived = files(application.plan, application.data)
        self._models: dict[str, Published] = {}
        self._newest = Newest(application)
        self._shared: tuple[Published, Broadcast[Scorer]] | None = None
        vocabulary = Corpus.load(corpus_file(application.data)).vocabulary
        self._numbers = {word: number for number, word in enumerate(vocabulary)}
        self._scores = application.fast / "scores.jsonl"
        super().__init__(application, self._arrived)

    def query(self, session: SparkSession, sink: str) -> DataFrame:
        """Return the documents: each micro-batch shares the model of its own."""
        return session.readStream.schema(DOCUMENTS).json(sink)

    def take(self, found: DataFrame) -> Iterable[int]:
        """Score documents, and write the scores."""
        shared = self._share(self._newest.get())
        scored = found.mapInPandas(scoring(shared), SCORES).collect()
        with self._scores.open("a") as file:
            file.writelines(json.dumps(row.asDict()) + "\n" for row in scored)
        return [row["file"] for row in scored]

    def answer(self) -> object:
        """Return how many documents were scored, against which models, and what is wrong.

        Each score is computed anew from the model that it names, here, without Spark.
        """
        found = [json.loads(line) for line in self._scores.read_text().splitlines()]
        texts = {row["document"]: row["text"] for row in self._arrived.read()}
        scorers = {name: Scorer.of(model, self._numbers) for name, model in self._models.items()}
        wrong = [
            f"document {score['document']}"
            for score in found
            if not _equal(score, scorers[score["version"]], texts[score["document"]])
        ]
        numbers = sorted(score["document"] for score in found)
        if numbers != sorted(texts):
            wrong.append(f"{len(numbers)} scores of {len(texts)} documents")
        return {
            "documents": len(texts),
            "models": sorted({score["version"] for score in found}),
            "wrong": wrong,
        }

    def _share(self, model: Published) -> Broadcast[Scorer]:
        """Return the broadcast of a model; the one of the model before is freed."""
        if self._shared is not None:
            known, shared = self._shared
            if known is model:
                return shared
            shared.unpersist()
        shared = self._context.broadcast(Scorer.of(model, self._numbers))
        self._shared = model, shared
        self._models[model.version] = model
        return shared


def _equal(found: dict[str, Any], scorer: Scorer, text: str) -> bool:
    want = scorer.score(text)
    return bool(
        found["topic"] == want.topic
        and math.isclose(found["weight"], want.weight, rel_tol=RELATIVE_TOLERANCE)
        and math.isclose(found["surprise"], want.surprise, rel_tol=RELATIVE_TOLERANCE)
    )
