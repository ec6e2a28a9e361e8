"""What happens to the scheduler on a cluster that makes trouble: the real one, in virtual time."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from neptune_bench.scale import build
from neptune_spark._start.compiler import classes_in, compile_scala, pack
from neptune_spark._start.spark_install import find_spark
from tests.conftest import PROGRAM_S, started_program

pytestmark = pytest.mark.slow

APPS = Path(__file__).parent / "apps"
SCENARIOS = [
    "fight",
    "zombie",
    "zombie_killing",
    "other_profile",
    "excluded",
    "too_large",
    "gpu_suspended",
    "gpu_running",
    "timers",
    "raises",
    "overdue",
    "made_good",
    "crowded",
    "shared",
    "shared_elsewhere",
    "handed_over",
    "answered_first",
    "handed_over_in_vain",
    "started",
    "sizes",
    "served_elsewhere",
    "idle_elsewhere",
    "limited",
    "limit_reached",
    "limited_gpu",
    "copied",
    "filled",
    "told",
    *(["thirds", "billionths"] if find_spark().version >= "4.3" else []),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of the scenarios, which one session plays."""
    directory = tmp_path_factory.mktemp("troubles")
    jars = build.class_path()
    spark = find_spark()
    folders = [APPS / "troubles", APPS / "troubles" / f"spark-{spark.version.split('.')[0]}"]
    sources = [file for folder in folders for file in sorted(folder.glob("*.scala"))]
    classes = directory / "classes"
    problem = compile_scala(spark, sources, classes, jars)
    assert problem is None, problem
    pack(directory / "troubles.jar", classes_in(classes))
    path = os.pathsep.join(map(str, [directory / "troubles.jar", *jars]))
    command: list[str | Path] = [sys.executable, APPS / "simulate_troubles.py", path, *SCENARIOS]
    with started_program(command, cwd=directory) as process:
        out, err = process.communicate(timeout=PROGRAM_S)
    assert process.returncode == 0, err
    answers: dict[str, Any] = json.loads(out.splitlines()[-1])
    return answers


def test_a_rescued_task_is_not_a_victim_again_and_again(found: dict[str, Any]) -> None:
    """It takes 5 s, in which 40 high tasks come that wait for it."""
    fight = found["fight"]
    # Once for the first; then only to make up for the core too many, with two others beside it.
    assert 0 < fight["suspensions"] <= 3
    assert fight["ended_s"] < 7
    assert fight["high_ended"] == 40


@pytest.mark.parametrize(("scenario", "asked"), [("zombie", 1), ("zombie_killing", 0)])
def test_a_killed_task_that_does_not_end_keeps_its_own_core_only(
    found: dict[str, Any], scenario: str, asked: int
) -> None:
    zombie = found[scenario]
    # It says that it was killed, or is given up after some time; then the other one is a victim.
    assert zombie["asked"] == asked
    first, second = zombie["ended_s"]
    assert first < 6 and second < 10


@pytest.mark.parametrize("scenario", ["other_profile", "excluded"])
def test_idle_executors_that_a_task_cannot_use_tell_nothing(
    found: dict[str, Any], scenario: str
) -> None:
    unusable = found[scenario]
    assert unusable["ended_s"] is not None
    assert unusable["ended_s"] < 4
    assert unusable["suspensions"] == 1


def test_a_task_too_large_for_a_message_leaves_nothing(found: dict[str, Any]) -> None:
    too_large = found["too_large"]
    assert too_large["failures"] == 3
    assert (too_large["running"], too_large["cores"]) == (0, 1)
    assert too_large["ended_s"] < 5
    assert too_large["suspensions"] == 1


@pytest.mark.since_spark("4.3", "fractions of a core")
def test_fractions_of_a_core_are_exact(found: dict[str, Any]) -> None:
    thirds, billionths = found["thirds"], found["billionths"]
    assert (thirds["during"], thirds["suspensions"]) == ([0, 3], 3)
    assert thirds["ended_s"] < 4
    # There is room for both.
    assert (billionths["during"], billionths["suspensions"]) == ([1, 1], 0)


def test_whoever_holds_what_a_high_task_lacks_is_resumed_first(found: dict[str, Any]) -> None:
    suspended = found["gpu_suspended"]
    # The low one has two seconds to go when it is resumed, and the normal ones 19; one of those is
    # suspended for the high one.
    holder_ended, high_ended = suspended["ended_s"]
    assert holder_ended < high_ended < 7
    assert suspended["suspensions"] == [1, 1]


def test_nobody_is_suspended_where_cores_are_not_what_is_missing(found: dict[str, Any]) -> None:
    running = found["gpu_running"]
    assert running["before"] == 0
    # The other high task gets the other's core, and the first that of the holder when it has ended.
    assert running["suspensions"] == [1, 0]
    holder_ended, needs_ended, high_ended = running["ended_s"]
    assert holder_ended < needs_ended < high_ended < 15


def test_there_is_one_timer_however_many_want_one(found: dict[str, Any]) -> None:
    assert found["timers"] == {"most": 1, "high_ended": 300}


def test_a_failure_after_sparks_round_loses_no_launched_task(found: dict[str, Any]) -> None:
    """Two of the six are launched in a round in which the search for victims raises, as in each."""
    assert found["raises"] == {"high_ended": 6, "oversubscribed": 0}


def test_tasks_are_launched_together_with_the_request_to_suspend_others(
    found: dict[str, Any],
) -> None:
    """And run when these have stopped; or are launched then."""
    handed, answered = found["handed_over"], found["answered_first"]
    assert (handed["early"], answered["early"]) == (3, 0)
    for scenario in (handed, answered):
        assert scenario["oversubscribed"] == 0
        assert (scenario["suspensions"], scenario["ended"]) == (3, [4, 3])
        assert scenario["high_ended_s"] < 2.1


def test_a_task_does_not_wait_for_ever_for_the_one_whose_core_it_has(found: dict[str, Any]) -> None:
    in_vain = found["handed_over_in_vain"]
    low_ended, high_ended = in_vain["ended_s"]
    assert 2 < high_ended < 2.2 and 4 < low_ended < 6
    assert (in_vain["cores"], in_vain["running"]) == (1, 0)


def test_overdue_tasks_come_back_a_few_at_a_time(found: dict[str, Any]) -> None:
    """Eight of them on eight cores, which high tasks keep: two at a time, a quarter."""
    assert found["overdue"] == {"before": 0, "most": 10, "low_ended": 8}


def test_a_task_is_not_immune_for_life(found: dict[str, Any]) -> None:
    made_good = found["made_good"]
    first, second = made_good["ended_s"]
    # It comes back 5 s after its suspension at 1 s, and may be suspended again another 5 s later.
    assert first < 8
    assert 11 < second < 14
    assert made_good["suspensions"] == 2


def test_a_task_does_not_run_on_a_core_too_many_for_ever(found: dict[str, Any]) -> None:
    crowded = found["crowded"]
    # Rescued at 1 s, and left alone for a second; suspended again until the high task has ended.
    assert crowded["running"] == [2, 1, 1, 2]
    assert crowded["suspensions"] == 2
    assert crowded["high_ended_s"] < 32


def test_higher_levels_hold_up_nobody_for_ever_who_was_suspended_for_its_own(
    found: dict[str, Any],
) -> None:
    """It was suspended in its turn, before 7 s, and may be for 10 s when its level has no core."""
    assert found["shared"] == {"before": 1, "running": [0, 1, 1]}


def test_higher_levels_hold_up_nobody_for_ever_on_one_executor(found: dict[str, Any]) -> None:
    """Its level has the other executor's core meanwhile, which is no use to it."""
    assert found["shared_elsewhere"] == {"before": 1, "running": [1, 2], "high": 1}


def test_tasks_go_on_before_others_of_their_pool_start(found: dict[str, Any]) -> None:
    """Eight run, of five pools in turns; it is enough if each has one or two on each executor."""
    started = found["started"]
    assert started["running"] == 8
    assert started["suspensions"] > 100
    assert started["started"] <= 30


def test_tasks_of_two_sizes_have_equal_shares(found: dict[str, Any]) -> None:
    sizes = found["sizes"]
    assert sizes["cores"] == pytest.approx([4 / 3] * 3, rel=0.1)
    # Of twenty each: they go on before others start.
    assert sum(sizes["started"]) <= 8


def test_nobody_yields_to_whom_a_round_has_given_what_is_due(found: dict[str, Any]) -> None:
    """Of six cores each of three pools is due two; the second has one, and its other task lies
    suspended under one of the third."""
    served = found["served_elsewhere"]
    assert served["before"] == [1, 1, 1, 3]
    assert served["running"] == [1, 2, 2, 1]


def test_no_core_is_idle_for_whom_another_one_is_coming(found: dict[str, Any]) -> None:
    idle = found["idle_elsewhere"]
    assert idle["running"] == [0, 1]
    there, high = idle["ended_s"]
    assert 2 < there < 2.1 and 3 < high < 5


def test_what_a_limit_leaves_is_for_the_highest_level(found: dict[str, Any]) -> None:
    assert found["limited"]["running"] == [2, 0, 2]


def test_nobody_is_suspended_for_more_than_a_limit_allows(found: dict[str, Any]) -> None:
    reached = found["limit_reached"]
    assert reached["suspensions"] == [2, 0]
    high, lower = reached["ended_s"]
    assert 3 < high < 3.1 and 4 < lower < 4.1


def test_a_second_copy_gets_a_core_of_its_pools_share(found: dict[str, Any]) -> None:
    copied = found["copied"]
    # The one that would take for ever was launched twice.
    assert (copied["ended"], copied["launched"]) == (4, 5)
    assert copied["beside"] == 4


def test_a_task_over_a_limit_keeps_its_gpu_from_nobody_who_may_start(
    found: dict[str, Any],
) -> None:
    limited = found["limited_gpu"]
    # Its own pool's next task is no reason to go beyond the limit.
    assert limited["held"] == 0
    holder, other = limited["ended_s"]
    # It had run for half a second.
    assert 12 < holder < 14 and holder + 1 <= other < 16
    assert limited["left"] == [1, 0]


def test_nobody_is_suspended_where_suspended_tasks_hold_too_much(found: dict[str, Any]) -> None:
    filled = found["filled"]
    # The second high task has the core of the first, not that of the other low one.
    first, second = filled["ended_s"]
    assert first < second
    assert filled["suspensions"] == 1


def test_live_tasks_are_told_in_the_schedulers_own_time(found: dict[str, Any]) -> None:
    # Suspended at 1 s, as soon as the victim has been told and has answered.
    assert found["told"]["suspended_s"] == pytest.approx(4.0, abs=0.01)
