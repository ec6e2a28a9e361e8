"""The stream: documents arrive in files and are scored against the newest model."""

from __future__ import annotations

import json
import math
import shutil
import threading
import time
from typing import Any, Final

from pyspark import Broadcast
from pyspark.sql import DataFrame
from pyspark.sql.streaming.query import StreamingQuery

from neptune_bench.harness.arrivals import Feeder
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.lda import arrivals
from neptune_bench.lda.corpora import Corpus, corpus_file
from neptune_bench.lda.newest import Newest, Published
from neptune_bench.lda.scoring import DOCUMENTS, SCORES, Scorer, scoring
from neptune_bench.unified.workload import Application, Sample, StreamSide

STALL_S: Final = 120.0
RELATIVE_TOLERANCE: Final = 1e-9


class Scoring(StreamSide):
    """A streaming query whose micro-batches each take the newest model; a sample is a file.

    A file's latency is from when it is due until the scores of all of its documents are written.

    THREADING: `_score` runs on py4j's callback thread, everything else on the caller's; what both
    use is under `_changed`.
    """

    def __init__(self, application: Application) -> None:
        """Lay out the directories; the query starts with the warm-up."""
        self._app = application
        self._changed = threading.Condition()
        self._written: dict[int, float] = {}
        self._models: dict[str, Published] = {}
        self._newest = Newest(application)
        self._shared: tuple[Published, Broadcast[Scorer]] | None = None
        vocabulary = Corpus.load(corpus_file(application.data)).vocabulary
        self._numbers = {word: number for number, word in enumerate(vocabulary)}
        self._spool, self._landing = application.fast / "spool", application.fast / "landing"
        shutil.copytree(application.data / arrivals.SPOOL, self._spool)
        self._landing.mkdir()
        self._scores = application.fast / "scores.jsonl"
        self._query: StreamingQuery | None = None
        self._feeder: Feeder | None = None
        self._due: list[float] = []

    def warm_up(self) -> None:
        """Start the query, and have it score some files, one after the other."""
        session = self._app.spark.newSession()
        documents = session.readStream.schema(DOCUMENTS).json(str(self._landing))
        self._query = (
            documents.writeStream.foreachBatch(self._score)
            .option("checkpointLocation", str(self._app.fast / "checkpoint"))
            .queryName("scores of documents")
            .start()
        )
        for number in range(arrivals.WARM_FILES):
            now = [time.time()]
            arrivals.feeder(self._spool, self._landing, number, now, self._app.fast).wait()
            self._wait_for(number + 1)

    def begin(self, start: float) -> None:
        """Have the plan's files arrive from `start` on."""
        self._due = arrivals.due(self._app.plan, start)
        first = arrivals.WARM_FILES
        self._feeder = arrivals.feeder(self._spool, self._landing, first, self._due, self._app.fast)

    def check(self) -> None:
        """Raise BenchmarkError if the query or the feeder has failed."""
        if self._query is not None and not self._query.isActive:
            raise BenchmarkError(f"The scoring query ended early: {self._query.exception()}")
        if self._feeder is not None:
            self._feeder.check()

    def end(self) -> None:
        """Wait until every file that arrived is scored, and stop the query."""
        assert self._feeder is not None and self._query is not None
        self._feeder.wait()
        self._wait_for(arrivals.WARM_FILES + len(self._due))
        # Not in the middle of a micro-batch's commit.
        self._query.processAllAvailable()
        self._query.stop()

    def samples(self) -> list[Sample]:
        """Return the latency of each file since `begin`."""
        due = enumerate(self._due, arrivals.WARM_FILES)
        return [Sample(at, 1000 * (self._written[file] - at)) for file, at in due]

    def answer(self) -> object:
        """Return how many documents were scored, against which models, and what is wrong.

        Each score is computed anew from the model that it names, here, without Spark.
        """
        found = [json.loads(line) for line in self._scores.read_text().splitlines()]
        texts: dict[int, str] = {}
        for file in range(arrivals.WARM_FILES + len(self._due)):
            path = self._landing / arrivals.file_name(file)
            texts.update(arrivals.read_file(path))
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

    def _score(self, documents: DataFrame, _batch: int) -> None:
        shared = self._share(self._newest.get())
        rows = documents.mapInPandas(scoring(shared), SCORES).collect()
        with self._scores.open("a") as file:
            file.writelines(json.dumps(row.asDict()) + "\n" for row in rows)
        now = time.time()
        with self._changed:
            for row in rows:
                self._written.setdefault(row["file"], now)
            self._changed.notify_all()

    def _share(self, model: Published) -> Broadcast[Scorer]:
        """Return the broadcast of a model; the one of the model before is freed."""
        if self._shared is not None:
            known, shared = self._shared
            if known is model:
                return shared
            shared.unpersist()
        shared = self._app.spark.sparkContext.broadcast(Scorer.of(model, self._numbers))
        self._shared = model, shared
        self._models[model.version] = model
        return shared

    def _wait_for(self, files: int) -> None:
        """Wait until so many files are scored.

        Raises:
            BenchmarkError: if the query fails, or scores nothing for two minutes.
        """
        seen, since = -1, time.monotonic()
        while True:
            with self._changed:
                if (count := len(self._written)) >= files:
                    return
                self._changed.wait(1.0)
            self.check()
            if count != seen:
                seen, since = count, time.monotonic()
            elif time.monotonic() - since > STALL_S:
                raise BenchmarkError(
                    f"The stream scored nothing for {STALL_S:g} s, with {count} of {files} files "
                    "of documents scored."
                )


def _equal(found: dict[str, Any], scorer: Scorer, text: str) -> bool:
    want = scorer.score(text)
    return bool(
        found["topic"] == want.topic
        and math.isclose(found["weight"], want.weight, rel_tol=RELATIVE_TOLERANCE)
        and math.isclose(found["surprise"], want.surprise, rel_tol=RELATIVE_TOLERANCE)
    )
