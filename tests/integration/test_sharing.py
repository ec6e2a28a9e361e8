"""Jobs of one priority share the cores by suspension, as the order says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from tests.integration.scenarios import Answers, played

pytestmark = pytest.mark.slow

APP = "sharing.py"
#: Those that CI has, which one application plays.
TOGETHER = ("feedback", "fair", "cluster", "capped", "barrier", "raised", "spark", "weights")
Run = Callable[[str], Dict[str, Any]]


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    place = tmp_path_factory.mktemp("sharing")
    return played(APP, place, *TOGETHER, cwd=place)


@pytest.fixture
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """What came of a scenario."""

    def run_scenario(name: str) -> dict[str, Any]:
        if name in TOGETHER:
            answers: Answers = request.getfixturevalue("together")
            return answers[name]
        return played(APP, tmp_path, name, cwd=tmp_path)[name]

    return run_scenario


@pytest.mark.parametrize(
    ("scenario", "party"), [("feedback", "job "), ("fair", "pool default"), ("cluster", "job ")]
)
def test_a_short_job_bypasses_a_long_one_of_its_priority(
    run: Run, scenario: str, party: str
) -> None:
    answers = run(scenario)
    assert answers["quick"] == [499500] * 3
    assert not answers["long_done_before"]
    # By suspension, of which a decision tells the reason. A short job that takes longer than a
    # quantum may have to give a core back.
    assert answers["suspended"]
    of_long = [
        reason
        for _, victims, reason in answers["decisions"]
        if set(victims) <= set(answers["held"])
    ]
    assert of_long
    for reason in of_long:
        assert reason.startswith(f"the {party}")
        assert "has more than its share of priority 0; " in reason
    assert {priority for priority, _, _ in answers["decisions"]} == {0}
    # It has lost nothing, and nothing of what it may be suspended for higher priorities.
    assert answers["long"] == answers["starts"] == [0, 1]
    assert answers["attempts"] == [0]
    assert answers["bound_used"] == 0


def test_a_short_job_bypasses_a_long_one_within_their_limit(run: Run) -> None:
    """Of their pool, which others have left cores idle beside."""
    answers = run("capped")
    assert answers["quick"] == [499500] * 3
    assert not answers["long_done_before"]
    assert answers["suspensions"] > 0
    # Who makes room may take a moment to stop, and another one starts when it has.
    assert answers["most"] <= 2
    assert answers["long"] == answers["starts"] == [0, 1]


def test_a_barrier_stage_finds_all_its_cores_at_once(run: Run) -> None:
    answers = run("barrier")
    assert answers["done_before"] == [False, False]
    assert answers["together"] == [0, 1]
    assert answers["long"] == answers["starts"] == [[0, 1], [0, 1]]


@pytest.mark.beyond_ci
def test_tasks_that_need_too_many_cores_do_not_keep_smaller_ones_of_their_pool_waiting(
    run: Run,
) -> None:
    answers = run("sizes")
    assert answers["wide_before"] == []
    assert answers["ended"] == answers["starts"] == [[0, 1], [0, 1], [0, 1], [0]]


def test_a_job_that_is_raised_shares_with_nobody_till_it_comes_back(run: Run) -> None:
    answers = run("raised")
    assert answers["ended"] == answers["starts"] == [[0, 1], [0, 1]]


def test_nobody_is_suspended_for_others_of_its_priority_if_nothing_is_set(run: Run) -> None:
    answers = run("spark")
    assert answers == {"short": [], "suspensions": 0}


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("weights", {"one": 0.5, "three": 1.5}),
        pytest.param("thirds", {"one": 2 / 3, "b": 2 / 3, "c": 2 / 3}, marks=pytest.mark.beyond_ci),
        # Its minimum is all that there is.
        pytest.param("assured", {"three": 0.0, "assured": 2.0}, marks=pytest.mark.beyond_ci),
    ],
)
def test_pools_hold_cores_by_their_weights(
    run: Run, scenario: str, expected: dict[str, float]
) -> None:
    answers = run(scenario)
    total = sum(answers["held"].values())
    for pool, cores in expected.items():
        assert answers["held"][pool] / total == pytest.approx(cores / 2, abs=0.08)
    assert all(starts == [0, 1] for starts in answers["starts"])
    assert answers["suspensions"] > 0
    assert answers["cores_lent"] == 0
