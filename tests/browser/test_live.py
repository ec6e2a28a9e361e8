"""The tab of a live application, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.apps.live import EVIL
from tests.browser.conftest import Watched

pytestmark = pytest.mark.slow


@pytest.fixture
def seen(watched: Watched) -> dict[str, Any]:
    return watched.answers


def test_a_task_suspended_by_hand_is_seen_soon(seen: dict[str, Any]) -> None:
    assert seen["hand_for"] == ["by hand"]
    assert seen["hand_executor"][0].startswith("driver")
    # The page asks each second; on a busy machine an answer takes its time.
    assert seen["hand_seen_s"] < 20


def test_the_figures_are_those_of_the_scheduler(seen: dict[str, Any]) -> None:
    page, scheduler = seen["page"], seen["scheduler"]
    for name, figure in (
        ("suspensions", "suspensions"),
        ("resumptions", "resumptions"),
        ("rescues", "rescues"),
        ("at-bound", "resumed_at_bound"),
        ("tasks-running", "tasks_running"),
        ("tasks-suspended", "tasks_suspended"),
        ("cores-lent", "cores_lent"),
    ):
        assert float(page[name]) == scheduler[figure], name
    assert scheduler["suspensions"] == 3
    assert scheduler["tasks_suspended"] == 2
    levels = {
        name: [
            str(level["tasks_running"]),
            str(level["tasks_pending"]),
            str(level["tasks_suspended"]),
            f"{level['cores_lent']:.0f}",
        ]
        for name, priority in (("low", -10), ("normal", 0), ("high", 10))
        for level in scheduler["levels"]
        if level["priority"] == priority
    }
    assert seen["levels"] == levels
    assert levels["low"] == ["0", "3", "2", "2"]


def test_it_says_for_whom_tasks_are_suspended_and_why_others_wait(seen: dict[str, Any]) -> None:
    assert seen["held_for"] == [f"priority high (10), stage {seen['high_stage']}"] * 2
    assert seen["reasons"] == [
        "Held: 2 cores by tasks of priority 10. None of these priorities is lower than its own."
    ]


def test_every_page_is_there_without_an_error(seen: dict[str, Any]) -> None:
    assert seen["problems"] == []
    assert seen["suspensions"] == seen["at_the_end"]["suspensions"] >= 4
    assert any("task" in decision[-1] for decision in seen["decisions"])


def test_users_texts_are_texts(seen: dict[str, Any]) -> None:
    assert EVIL in seen["descriptions"]
    assert seen["elements"] == 0
    assert "stolen" not in seen["title"]


def test_a_micro_batch_says_what_it_waited_for(seen: dict[str, Any]) -> None:
    batches = seen["batches"]
    assert batches["Query"] == ["clicks"]
    assert batches["Batch"] == ["0"]
    assert int(batches["Task sets"][0]) >= 1
    assert int(batches["Suspended for it"][0]) >= 1


def test_the_settings_in_force_are_shown(seen: dict[str, Any]) -> None:
    settings = seen["settings"]
    assert settings["spark.neptune.maxSuspensions"][1] == "77"
    # It was put in force while the application ran.
    assert settings["spark.neptune.policy"][1:3] == ["lb", "changeable"]
    assert settings["spark.neptune.maxSuspendedTime"][1] == "10m"


def test_only_those_see_it_who_may_see_sparks_pages(seen: dict[str, Any]) -> None:
    assert seen["allowed"] == [200] * 4
    assert seen["forbidden"] == [403] * 4


def test_it_is_the_same_behind_a_reverse_proxy(seen: dict[str, Any]) -> None:
    assert seen["through_gateway"] == seen["suspensions"]
    assert len(seen["links"]) > 8
    assert all(link.startswith("/gate/") for link in seen["links"])


def test_a_page_that_fails_says_so(seen: dict[str, Any]) -> None:
    assert "500" in seen["broken"]
