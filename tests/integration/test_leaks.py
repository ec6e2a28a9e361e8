"""An application that runs for long keeps nothing of what is over."""

from __future__ import annotations

import pytest

from tests.integration.scenarios import Answers, played

pytestmark = [pytest.mark.slow, pytest.mark.beyond_ci]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    place = tmp_path_factory.mktemp("leaks")
    return played("leaks.py", place, cwd=place)


@pytest.mark.parametrize("units", ["jobs", "Python tasks", "micro-batches", "queries"])
def test_nothing_grows_with_what_is_over(answers: Answers, units: str) -> None:
    """Neither in the driver, nor in the executor, nor in the Python of either."""
    found = answers[units]
    # Tasks were suspended for others all the time.
    assert found["suspensions"] > 10
    assert {"the driver", "the executor", "the driver's Python"} <= set(found["processes"])
    assert any(name.startswith("worker ") for name in found["processes"]) == (
        units == "Python tasks"
    )
    assert found["grown"] == {}
