"""Limits of pools, rules and jobs: nobody has more than they allow, and others have the rest."""

from __future__ import annotations

import re
from typing import Any, Dict, Tuple

import pytest

from tests.integration.scenarios import played_and_logged

pytestmark = pytest.mark.slow

ALL = [0, 1, 2, 3]

SCENARIOS = {
    "spark": [
        *("tasks", "cores", "rule", "execution", "user", "each_user", "pool"),
        *("above", "barrier", "wrong"),
        *("changed", "changed_job", "changed_barrier", "changed_early"),
        *("part_of_barrier", "useless", "another_builder"),
    ],
    "feedback": ["refused", "share", "pool", "changed", "short", "assured"],
}
Answers = Dict[Tuple[str, str], Dict[str, Any]]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What came of each scenario, by the order that the session has and the scenario."""
    found = {}
    for order, scenarios in SCENARIOS.items():
        place = tmp_path_factory.mktemp(order)
        came, log = played_and_logged("limits.py", order, place, *scenarios, cwd=place)
        for name, answer in came.items():
            found[order, name] = answer
        found[order, "log"] = {"text": log}
    return found


@pytest.mark.parametrize(
    ("order", "scenario", "allowed"),
    [
        ("spark", "tasks", 1),
        ("spark", "cores", 3),
        ("spark", "rule", 1),
        ("spark", "execution", 1),
        ("spark", "user", 2),
        ("spark", "each_user", 2),
        ("spark", "pool", 2),
        ("feedback", "share", 2),
        ("feedback", "pool", 2),
    ],
)
def test_others_have_what_a_limit_leaves(
    answers: Answers, order: str, scenario: str, allowed: int
) -> None:
    found = answers[order, scenario]
    assert found["running"] == found["running_alone"] == allowed
    assert found["other"] == ALL
    assert all(ended == ALL for ended in found["ended"])
    assert all(starts == ALL for starts in found["starts"])


def test_no_more_is_suspended_than_a_limit_allows_to_use(answers: Answers) -> None:
    found = answers["spark", "above"]
    assert found["running"] == 1
    assert found["lent_at_most"] == 1
    assert found["lent"] == 0
    assert found["high"] == found["low"] == ALL


def test_a_barrier_stage_that_no_limit_holds_is_refused(answers: Answers) -> None:
    found = answers["spark", "barrier"]
    assert re.search(
        r"The 2 tasks of this barrier stage start together, which spark\.neptune\.maxTasks=1 of "
        r"the session \(SET\) or of a local property does not allow: raise that, or have",
        found["refused"],
    )
    assert found["fits"] == [0, 1]
    # Any limit allows one task.
    assert found["alone"] == [0]


def test_nobody_is_suspended_for_a_part_of_a_barrier_stage(answers: Answers) -> None:
    """One task is, for the other job that came meanwhile."""
    found = answers["spark", "part_of_barrier"]
    assert found["suspended"] == 1
    assert found["ended"] == [[0], [0], [0, 1], [0, 1, 2]]


def test_a_job_with_a_wrong_limit_is_refused(answers: Answers) -> None:
    wrong, misspelt = answers["spark", "wrong"]["refused"]
    assert "spark.neptune.maxCores is 'many', but it must be a number of cores" in wrong
    said = "spark.neptune.maxtasks (set to 'many') is not a setting of Neptune: did you mean spark."
    assert said in misspelt


def test_a_cell_that_is_run_again_with_another_builder_is_warned_once(answers: Answers) -> None:
    """The application's value stays in force; what is no setting at all is told how to remove."""
    found = answers["spark", "another_builder"]
    assert found["same"] == [True, True]
    assert found["counted"] == [len(ALL)] * 3
    said = "spark.neptune.pool.etl.maxCores is set to '3' for a session or a job, where it is igno"
    assert answers["spark", "log"]["text"].count(said) == 1
    assert "spark.conf.unset('spark.neptune.pool.etl.maxcores') removes it." in found["refused"]


def test_a_least_that_nothing_comes_of_is_told_of_once(answers: Answers) -> None:
    assert answers["spark", "useless"]["ended"] == [ALL, ALL]
    said = "spark.neptune.minCores is 1, which has no effect on jobs of priority 0, whose order is"
    assert answers["spark", "log"]["text"].count(said) == 1


def test_all_jobs_of_a_rule_have_its_least_together(answers: Answers) -> None:
    """Else these two would be due all four cores, and others would have none."""
    found = answers["feedback", "assured"]
    base, others = found["due"][:2], found["due"][2:]
    assert all(due >= 1 for due in base)
    assert sum(base) < len(ALL) == sum(base) + sum(others)
    assert found["ended"] == [ALL, ALL, [0, 1], [0, 1], [0, 1]]


def test_a_weight_by_which_nothing_can_be_shared_is_refused_at_start(answers: Answers) -> None:
    assert re.search(
        r"The pool etl of spark\.scheduler\.allocation\.file has the weight -1, by which "
        r"spark\.neptune\.order=fair can't share cores: set it to a positive integer\.",
        answers["feedback", "refused"]["refused"],
    )


def test_a_pool_that_is_assured_of_more_than_there_is_has_it_all(answers: Answers) -> None:
    assert answers["feedback", "short"]["ended"] == [ALL, ALL]
    assert answers["feedback", "short"]["unknown"].startswith("There is no pool elt (")
    said = "the pool etl has a minShare of 99 in spark.scheduler.allocation.file, but all executors"
    assert answers["feedback", "log"]["text"].count(said) == 1
    said = "spark.neptune.minCores is 99, but all executors together have 4.0 cores now: while its"
    assert answers["feedback", "log"]["text"].count(said) == 1


@pytest.mark.parametrize("order", ["spark", "feedback"])
def test_a_limit_that_changes_holds_at_once_by_suspension(answers: Answers, order: str) -> None:
    found = answers[order, "changed"]
    assert found["lowered"] == found["still"] == ["running", *["suspended"] * 3]
    assert found["low"] == ALL
    assert found["moving"] == [[0], [0, 1, 2]]
    assert found["row"] == ["pool", "crawl", "75%", None, 1]
    assert found["raised"] == [*["running"] * 3, "suspended"]
    assert found["ended"] == found["starts"] == ALL
    assert found["jobs"] == [1, 1]
    assert found["lent"] == 0


def test_a_job_has_all_back_when_its_limit_is_taken_back(answers: Answers) -> None:
    found = answers["spark", "changed_job"]
    assert found["jobs"] == 1
    assert found["moving"] == found["ended"] == ALL
    said = [
        "There is no job 99999, nor has there been one.",
        "There is no rule nope: no setting begins with spark.neptune.",
        "spark.neptune.maxCores cannot be 'many'",
        "spark.neptune.maxTasks cannot be 0",
        "'' is not the name of a pool: pass the name",
        "' ' is not the name of a user: pass the name",
    ]
    assert len(found["refused"]) == len(said)
    assert all(map(str.startswith, found["refused"], said))


def test_a_job_may_be_limited_before_it_is_known_what_it_is_a_part_of(answers: Answers) -> None:
    """It counts as live, and the limit is its SQL execution's as soon as that is known."""
    found = answers["spark", "changed_early"]
    assert found["jobs"] == [1, 1]
    assert found["moving"] == found["ended"] == ALL


def test_a_barrier_stage_that_a_limit_no_longer_holds_does_not_wait(answers: Answers) -> None:
    found = answers["spark", "changed_barrier"]
    said = "which the limit maxTasks=1 that set_limit() has given to the pool etl does not allow"
    assert said in found["refused"]
    assert found["high"] == ALL
