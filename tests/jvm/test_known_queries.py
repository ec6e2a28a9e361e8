"""Which queries may be given a priority, and how long that is remembered."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

STREAM, OTHER = "00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b"
REMEMBERED = 1000


class Overrides:
    """Those of an application, in which no session runs anything."""

    def __init__(self, jvm: JVMView) -> None:
        self._jvm = jvm
        self.all: Any = jvm.org.apache.spark.neptune.driver.priorities.PriorityOverrides()

    def start(self, stream: str, run: int) -> None:
        self.all.queries().streamStarted(stream, f"run {run}")

    def end(self, stream: str, run: int) -> None:
        self.all.streamEnded(stream, f"run {run}")

    def begin_job(self, job_id: int, key: str, query: str) -> None:
        self.all.started(job_id, self._properties(key, query))

    def set(self, query: str, level: int) -> None:
        option: Any = self._jvm.scala.Option
        self.all.set("query", query, option.apply(level), option.apply(None))

    def level(self, query: str, key: str = "sql.streaming.queryId") -> int | None:
        """That of a job which the query would submit."""
        found = self.all.of(self._jvm.scala.Option.apply(None), self._properties(key, query))
        return found.get().priority() if found.isDefined() else None

    def _properties(self, key: str, value: str) -> Any:
        properties = self._jvm.java.util.Properties()
        properties.setProperty(key, value)
        return properties

    def is_known(self, query: str) -> bool:
        problem = self.all.queries().problemOf(query)
        assert problem.isEmpty() or f" {query}, nor has there been one: query" in problem.get()
        return bool(problem.isEmpty())

    def end_others(self, count: int) -> None:
        for n in range(100, 100 + count):
            self.start(f"other {n}", n)
            self.end(f"other {n}", n)


@pytest.fixture
def overrides(jvm: JVMView) -> Overrides:
    return Overrides(jvm)


def test_a_stream_is_known_from_its_start_on(overrides: Overrides) -> None:
    assert not overrides.is_known(STREAM)
    overrides.start(STREAM, 1)
    assert (overrides.is_known(STREAM), overrides.is_known("run 1")) == (True, False)
    overrides.end(STREAM, 1)
    assert overrides.is_known(STREAM)


def test_what_a_stream_was_given_outlives_its_runs(overrides: Overrides) -> None:
    overrides.start(STREAM, 1)
    overrides.set(STREAM, 5)
    overrides.end(STREAM, 1)
    assert (overrides.level(STREAM), overrides.level(OTHER)) == (5, None)
    overrides.start(STREAM, 2)
    overrides.end_others(REMEMBERED + 1)
    assert (overrides.level(STREAM), overrides.is_known(STREAM)) == (5, True)


def test_a_stream_of_which_two_runs_overlap_goes_on(overrides: Overrides) -> None:
    """One that is started anew elsewhere ends the run before, of which listeners hear late."""
    overrides.start(STREAM, 1)
    overrides.start(STREAM, 2)
    overrides.set(STREAM, 5)
    overrides.end(STREAM, 1)
    overrides.end_others(REMEMBERED + 1)
    assert overrides.level(STREAM) == 5


def test_only_the_last_streams_that_ended_are_remembered(overrides: Overrides) -> None:
    overrides.start(STREAM, 1)
    overrides.set(STREAM, 5)
    overrides.end(STREAM, 1)
    overrides.end_others(REMEMBERED - 1)
    assert (overrides.level(STREAM), overrides.is_known(STREAM)) == (5, True)
    overrides.end_others(1)  # One of them again.
    assert overrides.level(STREAM) == 5
    overrides.start(OTHER, 1)
    overrides.end(OTHER, 1)
    assert (overrides.level(STREAM), overrides.is_known(STREAM)) == (None, False)


def test_an_execution_is_known_once_a_later_one_has_been(overrides: Overrides) -> None:
    assert [overrides.is_known(query) for query in ("0", "7", "8", "-1")] == [False] * 4
    overrides.all.executionEnded(7)
    overrides.all.executionEnded(3)
    known = [overrides.is_known(query) for query in ("0", "7", "8", "-1")]
    assert known == [True, True, False, False]


@pytest.mark.parametrize("key", ["spark.sql.execution.id", "spark.sql.execution.root.id"])
def test_what_an_execution_was_given_goes_with_it_and_its_jobs(
    overrides: Overrides, key: str
) -> None:
    overrides.begin_job(1, key, "7")
    overrides.set("7", 5)
    overrides.all.executionEnded(7)
    assert overrides.level("7", key) == 5
    overrides.all.ended(1)
    assert overrides.level("7", key) is None
    overrides.set("7", 5)
    assert overrides.level("7", key) is None
