"""The stream side: the query, and what its windows waited."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from neptune_bench.unified.plan import Plan
from neptune_bench.unified.query import Files, Query
from neptune_bench.unified.workload import Application, Sample
from neptune_bench.ysb import query
from neptune_bench.ysb.board import Board, InRedis, Memory
from neptune_bench.ysb.events import BEGIN_MS, TICK_MS, Log
from neptune_bench.ysb.services import FILE, Services, make_topics


def log_of(plan: Plan) -> Log:
    """Return the stream's events, those of the warm-up before chunk 0."""
    return Log(
        seed=plan.seed,
        campaigns=plan.options["campaigns"],
        per_chunk=max(1, round(plan.rate * TICK_MS / 1000)),
        first=-plan.options["warm"],
        end=round(plan.stream_s * 1000 / TICK_MS),
    )


def files(log: Log, data: Path) -> Files:
    """Return the files of the chunks of events: each is due when its time is over."""
    times = [(chunk + 1) * TICK_MS / 1000 for chunk in range(log.end)]
    return Files(data / "chunks", -log.first, times)


class Views(Query):
    """Views by campaign and window; a sample is a window of a campaign."""

    title = "views by campaign and window"

    def __init__(self, application: Application) -> None:
        """Begin with no window."""
        self._log = log_of(application.plan)
        self._window_s: int = application.plan.options["window"]
        self._services = services = Services.load(application.data / FILE)
        run = application.fast.name
        self._board: Board = Memory() if services.redis is None else InRedis(services.redis, run)
        sink = None
        if services.kafka is not None:
            make_topics(services.kafka, [run], application.cores)
            sink = f"{run}@{services.kafka}"
        super().__init__(application, files(self._log, application.data), sink)

    def query(self, session: SparkSession, sink: str) -> DataFrame:
        """Return the counts."""
        text = query.source(session, self._services, sink)
        return query.counted(session, text, self._services, self._log.campaigns, self._window_s)

    def take(self, found: DataFrame) -> Iterable[int]:
        """Take in the counts that have changed, which say nothing of files."""
        rows = found.collect()
        self._board.update((row["campaign"], row["begin_ms"], row["views"]) for row in rows)
        return ()

    def samples(self) -> list[Sample]:
        """Return each campaign's window: its end, and how long after it the count was complete."""
        found = []
        for (_, begin_ms), (_, updated) in self._board.windows().items():
            end_ms = begin_ms + self._window_s * 1000 - BEGIN_MS
            if 0 < end_ms <= self._log.end * TICK_MS:
                end = self.start + end_ms / 1000
                found.append(Sample(end, max(0.0, updated - end) * 1000))
        return sorted(found, key=lambda sample: sample.arrival)

    def answer(self) -> object:
        """Return rows (campaign, begin of the window in epoch ms, views)."""
        return sorted([*window, views] for window, (views, _) in self._board.windows().items())
