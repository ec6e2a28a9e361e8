"""LMA on executors of their own: high tasks run near their data, and not where memory is short."""

from __future__ import annotations

import pytest

from tests.integration.scenarios import Answers, played

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    place = tmp_path_factory.mktemp("placing")
    return played("placing.py", place, cwd=place)


def test_high_tasks_run_where_their_data_is_cached(answers: Answers) -> None:
    found = answers["cached"]
    (owner,) = found["owner"]
    assert found["ran_on"] == [owner] * 3


def test_high_tasks_avoid_the_executor_that_spills(answers: Answers) -> None:
    found = answers["spilling"]
    (spilled,) = found["spilled"]
    assert len(found["ran_on"]) == 3
    assert spilled not in found["ran_on"]
