"""A task stops while it writes a shuffle, too, where Spark itself does not look for a kill."""

from __future__ import annotations

import pytest

from tests.integration.apps.shuffle_writes import ROWS, SCENARIOS
from tests.integration.scenarios import Answers, played


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    place = tmp_path_factory.mktemp("shuffle_writes")
    return played("shuffle_writes.py", place, *SCENARIOS, cwd=place)


@pytest.mark.smoke
@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_task_that_writes_a_shuffle_is_suspended(answers: Answers, scenario: str) -> None:
    found = answers[scenario]
    assert found["same_task"] and not found["done"]
    # What is inserted into a sort is written when all of it is there.
    assert (found["written"] > 0) == (scenario in ("writing", "each_to_its_file"))
    assert (found["rows"], found["sum"]) == (ROWS, ROWS * (ROWS + 1) // 2)
    assert found["length"] == 128
    assert found["overdue"] == 0
