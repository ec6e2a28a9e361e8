"""Policies of users on a real session: they decide, or LB does, and jobs get their cores."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

import neptune_spark
from neptune_spark import DecisionView, Scheduler, SettingError, find_jar
from neptune_spark._start.spark_install import find_java, find_spark
from tests.conftest import RunProgram
from tests.integration.jobs import PythonJob, eventually
from tests.integration.odd_policies import Dawdles


def spec(name: str) -> str:
    return f"python:tests.integration.odd_policies:{name}"


@pytest.fixture
def scheduler(scheduler: Scheduler) -> Iterator[Scheduler]:
    """Puts the policy back that the session was started with."""
    yield scheduler
    scheduler.policy = "lma"


@pytest.fixture
def low(spark: SparkSession, scheduler: Scheduler, tmp_path: Path) -> Iterator[PythonJob]:
    """A job of low priority that holds both cores."""
    job = PythonJob(spark.sparkContext, tmp_path, "low")
    job.wait_until_running()
    yield job
    job.finish()


def bypass(spark: SparkSession, low: PythonJob, tasks: int = 1) -> None:
    """A high job that gets its cores while the low one goes on."""
    with neptune_spark.priority("high"):
        assert spark.sparkContext.parallelize(range(10), tasks).sum() == 45
    assert not low.result.done()


def of_policy(scheduler: Scheduler, policy: str) -> list[DecisionView]:
    return [decision for decision in scheduler.decisions() if decision.policy == policy]


def oldest(scheduler: Scheduler) -> int:
    return min(task.task_id for task in scheduler.tasks())


@pytest.mark.parametrize(
    "policy", ["lb", "cache-local", "cache-bucket", "random", "neptune.policy.CacheLocal"]
)
def test_the_policy_can_be_changed_at_run_time(
    spark: SparkSession, scheduler: Scheduler, low: PythonJob, policy: str
) -> None:
    assert scheduler.policy == "lma"
    scheduler.policy = policy
    assert scheduler.policy == policy
    faults = scheduler.statistics().policy_faults
    bypass(spark, low)
    decision = scheduler.decisions(1)[0]
    assert (decision.policy, decision.fallback) == (policy, None)
    assert len(decision.victims) == 1 and decision.victims[0].reason
    assert scheduler.statistics().policy_faults == faults


def test_a_policy_written_in_python_decides(
    spark: SparkSession, scheduler: Scheduler, low: PythonJob
) -> None:
    scheduler.policy = spec("OldestFirst")
    assert scheduler.policy == spec("OldestFirst")
    first = oldest(scheduler)
    bypass(spark, low)
    decision = scheduler.decisions(1)[0]
    assert (decision.policy, decision.fallback) == (spec("OldestFirst"), None)
    assert decision.priority == 10
    assert decision.pending_tasks == 1
    assert len(decision.stage_ids) == 1
    assert [(v.task_id, v.reason) for v in decision.victims] == [(first, "it was here first")]
    assert [(p.group, p.count) for p in decision.placements] == [(0, 1)]
    suspended = {task.task_id: task.times_suspended for task in scheduler.tasks()}
    assert suspended.pop(first) == 1
    assert list(suspended.values()) == [0]


def test_the_example_decides(spark: SparkSession, scheduler: Scheduler, low: PythonJob) -> None:
    scheduler.policy = "python:neptune_spark.policies:NewestFirst"
    newest = max(task.task_id for task in scheduler.tasks())
    bypass(spark, low)
    decision = scheduler.decisions(1)[0]
    assert decision.fallback is None
    assert [victim.task_id for victim in decision.victims] == [newest]
    bypass(spark, low, tasks=2)
    assert scheduler.decisions(1)[0].fallback is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Raises", "raised ValueError: no idea"),
        (
            "NamesStrangers",
            "answered wrongly: it names the victim 1099511627776 on executor nowhere",
        ),
        (
            "AnswersInWords",
            "raised TypeError: decide() must return a Decision, not 'the other one'",
        ),
    ],
)
def test_lb_decides_where_the_policy_gives_no_answer(
    spark: SparkSession, scheduler: Scheduler, low: PythonJob, name: str, why: str
) -> None:
    scheduler.policy = spec(name)
    faults = scheduler.statistics().policy_faults
    bypass(spark, low, tasks=2)
    decisions = of_policy(scheduler, spec(name))
    assert decisions
    for decision in decisions:
        assert decision.fallback is not None
        assert decision.fallback.startswith(f"the policy '{spec(name)}' {why}")
    assert any(decision.victims for decision in decisions)
    assert scheduler.statistics().policy_faults > faults


def test_an_order_that_fails_changes_no_decision(
    spark: SparkSession, scheduler: Scheduler, low: PythonJob
) -> None:
    scheduler.policy = spec("RaisesOnOrder")
    bypass(spark, low, tasks=2)
    assert scheduler.decisions(1)[0].fallback is None


def test_lb_decides_while_the_policy_does_not_answer(
    spark: SparkSession, scheduler: Scheduler, low: PythonJob
) -> None:
    scheduler.policy = spec("Dawdles")
    faults = scheduler.statistics().policy_faults
    try:
        bypass(spark, low)
        assert "did not answer within 5000 ms" in str(of_policy(scheduler, spec("Dawdles"))[-1])
        # It is not asked again before its call has returned, and keeps nobody waiting.
        bypass(spark, low)
        assert "has not answered an earlier question" in str(scheduler.decisions(1)[0].fallback)
        assert Dawdles.asked == 1
        assert scheduler.statistics().policy_faults == faults + 1
    finally:
        Dawdles.may_answer.set()
    eventually(lambda: Dawdles.returned, "the late call did not return")

    def it_decides() -> bool:
        bypass(spark, low)
        decision = scheduler.decisions(1)[0]
        return not decision.fallback and decision.victims[0].reason == "after long thought"

    # The answer is still on its way into the JVM, perhaps.
    eventually(it_decides, "a policy that is back was not asked again")


def test_until_it_is_registered_lb_decides(
    spark: SparkSession, scheduler: Scheduler, low: PythonJob
) -> None:
    access: Any = scheduler._access
    access.neptune.setPolicy(spec("OldestFirst"))
    bypass(spark, low)
    assert "is not registered yet" in str(scheduler.decisions(1)[0].fallback)
    scheduler._register_awaited()
    bypass(spark, low)
    assert scheduler.decisions(1)[0].victims[0].reason == "it was here first"


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("best", "give one of 'lma'"),
        ("my.own.Policy", "there is no such class on the driver's class path"),
        ("java.lang.Object", "does not implement neptune.policy.Policy"),
        ("python:no.such:Policy", "importing no.such raised ModuleNotFoundError"),
        (spec("Missing"), "has no class Missing"),
        (spec("threading"), "threading does not extend neptune_spark.Policy"),
    ],
)
def test_a_wrong_policy_leaves_the_former_one(scheduler: Scheduler, policy: str, why: str) -> None:
    with pytest.raises(SettingError) as raised:
        scheduler.policy = policy
    assert why in str(raised.value)
    assert "spark.neptune.policy" in str(raised.value) and repr(policy) in str(raised.value)
    assert scheduler.policy == "lma"


def test_decisions_are_the_last_ones_newest_first(
    spark: SparkSession, scheduler: Scheduler, low: PythonJob
) -> None:
    bypass(spark, low)
    bypass(spark, low)
    decisions = scheduler.decisions()
    times = [decision.time for decision in decisions]
    assert 2 <= len(times) <= 20 and times == sorted(times, reverse=True)
    assert scheduler.decisions(1) == decisions[:1]
    assert scheduler.decisions(0) == []


@pytest.mark.slow
def test_a_policy_of_the_application_is_registered_when_its_session_starts(
    run_program: RunProgram,
) -> None:
    app = Path(__file__).parent / "apps" / "python_policy.py"
    ran = run_program([sys.executable, app], env={"PYTHONPATH": str(Path(__file__).parents[2])})
    said = json.loads(ran.stdout.splitlines()[-1])
    assert "the module __main__ has no class Other" in said.pop("wrong")
    assert said == {
        "a JVM was started": False,
        "policy": "python:__main__:Mine",
        "high": 10,
        "decided": "python:__main__:Mine",
        "fallback": None,
        "suspensions": 0,
        "later": "lb",
    }


@pytest.mark.slow
def test_the_scala_policy_of_the_documentation(run_program: RunProgram, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs" / "policies.md").read_text()
    source = tmp_path / "NewestFirst.scala"
    source.write_text(page.partition("```scala\n")[2].partition("```")[0])
    jar = tmp_path / "mine.jar"
    spark = find_spark()
    compile_it = ["-cp", f"{spark.jars}/*", "scala.tools.nsc.Main", "-cp"]
    libraries = ":".join(str(each) for each in (find_jar(), *spark.jars.glob("scala-*.jar")))
    run_program([find_java(spark), *compile_it, libraries, "-d", jar, source])
    words = [jar, "my.NewestFirst", tmp_path]
    app = Path(__file__).parent / "apps" / "scala_policy.py"
    ran = run_program([sys.executable, app, *words], env={"PYTHONPATH": str(root)})
    said = json.loads(ran.stdout.splitlines()[-1])
    assert (said["policy"], said["fallback"]) == ("my.NewestFirst", None)
    assert [(v["task_id"], v["reason"]) for v in said["victims"]] == [
        (said["newest"], "it is the newest")
    ]
