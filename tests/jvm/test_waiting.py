"""Why tasks wait for cores, in a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

from tests.jvm.functions import scala_object
from tests.jvm.snapshots import ONE, Snapshots

#: More than a Java int holds, or py4j would make them such.
HELD = {10: 6 * ONE, -10: 3 * ONE}


@pytest.fixture
def reason(jvm: JVMView) -> Any:
    snapshots = Snapshots(jvm, "lb")

    def of(**other: Any) -> str:
        figures: dict[str, Any] = {
            "priority": 0,
            "pending": 4,
            "nanocores": ONE,
            "together": False,
            "pipelined": False,
            "executors": 4,
            "barred": (),
            "refused": (),
            "usable": 0,
            "kept": 0,
            "incoming": 0,
            "held": HELD,
            "preempts": True,
            "victims": 2,
            "spared": 0,
            "limits": (),
            "party": "",
            "isDue": True,
        }
        assert not other.keys() - figures.keys()
        figures.update(other)
        figures["barred"] = snapshots.seq(list(figures["barred"])).toSet()
        figures["refused"] = snapshots.seq(list(figures["refused"])).toSet()
        figures["limits"] = snapshots.seq(list(figures["limits"]))
        held = scala_object(jvm.scala.collection.immutable, "Map").empty()
        for priority, nanocores in figures["held"].items():
            held = held.updated(priority, nanocores)
        figures["held"] = held
        return str(jvm.neptune.core.Waiting(*figures.values()).reason())

    return of


def test_who_holds_the_cores_and_what_comes_next(reason: Any) -> None:
    held = "Held: 6 cores by tasks of priority 10 and 3 cores by tasks of priority -10."
    assert reason() == f"{held} The next offer round decides who is suspended for it."
    assert reason(priority=-10) == f"{held} None of these priorities is lower than its own."
    assert reason(preempts=False).startswith(held)
    assert "spark.neptune.preemption" in reason(preempts=False)
    assert reason(incoming=ONE) == (
        f"{held} On their way: 1 core, of tasks that have been asked to suspend."
    )
    spared = reason(victims=0, spared=2)
    assert spared.startswith(f"{held} The 2 tasks of lower priority can't be suspended now")
    assert "about to end" in reason(victims=0)


def test_a_limit_that_holds_it_is_the_reason_whatever_is_free(reason: Any) -> None:
    limit = "the limit of the pool etl"
    for other in ({"usable": ONE}, {"incoming": ONE}, {"kept": ONE}, {"together": True}):
        assert reason(limits=[limit], **other) == (
            f"Held: {limit} allows no more of its tasks at the same time."
        )
    assert reason(limits=[limit, "the limit of the job 7"]) == (
        f"Held: {limit} and the limit of the job 7 allow no more of its tasks at the same time."
    )
    assert reason(limits=[limit], executors=0) == "No executor has registered yet."


def test_who_has_its_share_waits_for_that(reason: Any) -> None:
    mine = {0: 3 * ONE}
    held = "Held: 3 cores by tasks of priority 0."
    has = f"{held} The pool etl has its share of priority 0"
    assert reason(held=mine, party="pool etl", isDue=False).startswith(has)
    # But lower tasks are suspended for it all the same.
    assert reason(party="pool etl", isDue=False) == reason()


def test_who_has_less_than_its_share_is_yielded_to(reason: Any) -> None:
    mine = {0: 3 * ONE}
    lacks = "Held: 3 cores by tasks of priority 0. The pool etl has less than its share of priority"
    assert reason(held=mine, party="pool etl") == (
        f"{lacks} 0. The next offer round decides who is suspended for it."
    )
    assert reason(held=mine, party="pool etl", incoming=ONE) == (
        f"{lacks} 0. On their way: 1 core, of tasks that have been asked to suspend."
    )
    assert "The 1 task beyond their share can't be suspended now" in reason(
        held=mine, party="pool etl", victims=0, spared=1
    )
    assert reason(held=mine, party="pool etl", victims=0).startswith(
        f"{lacks} 0. Those beyond their share are on their way"
    )
    assert "Those of lower priority or beyond their share are" in reason(
        party="pool etl", victims=0
    )
    assert "spark.neptune.preemption" in reason(held=mine, party="pool etl", preempts=False)


def test_free_cores_that_are_kept_for_suspended_tasks(reason: Any) -> None:
    kept = "Free, but reserved: 1 core, for suspended tasks of its own or a higher priority"
    assert reason(held={}, kept=ONE).startswith(f"No core is free for it. {kept}")
    assert reason(priority=-10, held={-10: 3 * ONE}, kept=ONE).startswith(
        "Held: 3 cores by tasks of priority -10. None of these priorities is lower than its own. "
        f"{kept}"
    )


def test_free_cores_that_it_leaves_alone(reason: Any) -> None:
    assert "next offer round" in reason(usable=ONE)
    declined = reason(usable=ONE, refused=("2", "1", "10"))
    assert "executors 1, 2 and 10" in declined and "spark.locality.wait" in declined
    assert "executors 1, 2, 3 and 2 more" in reason(usable=ONE, refused="12345")
    # Half a core is none for it.
    assert "Held" in reason(usable=ONE // 2, refused=("1",))


def test_executors_that_take_none(reason: Any) -> None:
    assert reason(executors=0) == "No executor has registered yet."
    assert reason(barred="1234").startswith("None of the 4 executors takes its tasks")
    assert reason(barred="1").endswith(
        "It can't run on executor 1: excluded, or lacking resources other than cores."
    )


def test_a_barrier_stage_needs_all_at_once(reason: Any) -> None:
    assert reason(together=True, usable=3 * ONE, incoming=ONE // 2) == (
        "All 4 tasks of this barrier stage start together, for which 4 cores are needed; it may "
        "use 3 cores now. On their way: 0.5 cores, of tasks that have been asked to suspend."
    )


def test_so_does_a_group_of_pipelined_stages(reason: Any) -> None:
    assert reason(together=True, pipelined=True, usable=3 * ONE).startswith(
        "All 4 tasks of this job's pipelined stages start together, for which 4 cores are needed"
    )
