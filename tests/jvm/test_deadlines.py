"""Jobs that somebody waits for, for a limited time, are to be helped before it is over."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

FIRST, SECOND, OTHER = 1, 2, 3
QUERY, ANOTHER = 10, 11


@pytest.fixture
def deadlines(jvm: JVMView) -> Any:
    return jvm.neptune.core.Deadlines()


def due(deadlines: Any, now: int) -> list[int]:
    found = deadlines.due(now)
    return [found.apply(i) for i in range(found.size())]


def test_a_job_is_due_when_its_time_is_over_until_it_is_helped(deadlines: Any) -> None:
    deadlines.started(FIRST, QUERY, 100, 1000)
    assert deadlines.dueInNs(1040).get() == 60
    assert due(deadlines, 1099) == []
    assert due(deadlines, 1100) == [FIRST]
    assert due(deadlines, 1200) == [FIRST]
    assert not deadlines.dueInNs(1200).isDefined()
    deadlines.helped(FIRST)
    assert due(deadlines, 1300) == []


def test_the_clocks_of_a_query_start_together(deadlines: Any) -> None:
    """A broadcast that needs another's result is waited for from the beginning."""
    deadlines.started(FIRST, QUERY, 100, 1000)
    deadlines.ended(FIRST)
    deadlines.started(SECOND, QUERY, 100, 1090)
    deadlines.started(OTHER, ANOTHER, 100, 1090)
    assert due(deadlines, 1100) == [SECOND]
    assert due(deadlines, 1190) == [SECOND, OTHER]


def test_what_has_ended_is_not_kept(deadlines: Any) -> None:
    deadlines.started(FIRST, QUERY, 100, 1000)
    deadlines.ended(FIRST)
    deadlines.queryEnded(QUERY)
    assert deadlines.isEmpty()
    assert due(deadlines, 2000) == []
    deadlines.started(SECOND, QUERY, 100, 2000)
    assert due(deadlines, 2099) == []
