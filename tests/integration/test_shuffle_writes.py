"""A task stops while it writes a shuffle, too, where Spark itself does not look for a kill."""

from __future__ import annotations

import pytest

from tests.integration.scenarios import Answers, played

ROWS = 50_000


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    place = tmp_path_factory.mktemp("shuffle_writes")
    scenarios = ("inserting", "writing", "each_to_its_file")
    return played("shuffle_writes.py", place, *scenarios, cwd=place)


@pytest.mark.smoke
@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["inserting", "writing", "each_to_its_file"])
def test_a_task_that_writes_a_shuffle_is_suspended(answers: Answers, scenario: str) -> None:
    found = answers[scenario]
    assert found["same_task"] and not found["done"]
    # What is inserted into a sort is written when all of it is there.
    assert (found["written"] > 0) == (scenario != "inserting")
    assert (found["rows"], found["sum"]) == (ROWS, ROWS * (ROWS + 1) // 2)
    assert found["overdue"] == 0
