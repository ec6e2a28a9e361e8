"""What limits a job, and how the jobs of a level share its cores, as settings have it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

import neptune_spark
from tests.jvm.job_settings import properties_of, settings_of, text_of

CORE = 10**9
MAX_CORES, MIN_CORES, MAX_TASKS = (
    f"spark.neptune.{what}" for what in ("maxCores", "minCores", "maxTasks")
)
SETTINGS = {
    "pool.etl.maxCores": "25%",
    "user.anna.maxCores": "6",
    "rule.clicks.query": "clicks",
    "rule.clicks.minCores": "2",
    "rule.clicks.maxCores": "4.5",
    "rule.base.description": "database",
    "rule.base.maxTasks": "3",
    "rule.base.priority": "low",
    "rule.late.description": "nightly",
    "rule.late.priority": "low",
}


class Limited:
    """An application with these settings, by their keys without what all begin with."""

    def __init__(self, jvm: JVMView, settings: dict[str, str]) -> None:
        self._jvm = jvm
        self.settings: Any = settings_of(jvm, settings)
        room: Any = jvm.org.apache.spark.neptune.driver.priorities
        self._chosen: Any = room.LimitOverrides()
        self._live: Any = room.PriorityOverrides()
        self._owners = self._live.owners()
        priorities = room.JobPriorities(self.settings, None, self._live)
        self.jobs: Any = room.JobLimits(self.settings, priorities, self._chosen)

    def choose(
        self, name: str, cores: str = "", tasks: int | None = None, owner: str | None = None
    ) -> None:
        """Somebody limits what runs."""
        option = self._jvm.scala.Option
        room: Any = self._jvm.org.apache.spark.neptune
        parsed = room.settings.CoreCount.parse(cores)
        chosen = getattr(room.driver.priorities, "LimitOverrides$Chosen")(
            parsed, option.apply(tasks)
        )
        put = self._chosen.setForWork if name.startswith("job ") else self._chosen.set
        put(name, chosen, option.apply(owner))

    def runs_for(self, user: str, properties: dict[str, str]) -> None:
        """A server runs a statement with these properties for somebody."""
        self._owners.runsFor(user, properties_of(self._jvm, properties))

    def began(self, properties: dict[str, str], job: int = 17) -> bool:
        """It is known what a job is a part of; whether that had a limit."""
        return bool(self.jobs.began(job, properties_of(self._jvm, properties)))

    def of(self, properties: dict[str, str], job: int = 17) -> dict[str, tuple[str | None, ...]]:
        """What limits a job: its least and most cores and its most tasks, by whose limits it is."""
        found: dict[str, tuple[str | None, ...]] = {}
        for name, *parts in self.each(properties, job):
            before = found.get(name, (None,) * len(parts))
            assert not any(a and b for a, b in zip(before, parts))
            found[name] = tuple(a or b for a, b in zip(before, parts))
        return found

    def each(self, properties: dict[str, str], job: int = 17) -> list[tuple[Any, ...]]:
        """The same one by one: jobs for which one of these is the same share it."""
        found = self._asked(job, properties)
        assert found.isRight(), found
        limiters = found.toOption().get()
        each = [limiters.apply(i) for i in range(limiters.size())]
        return [(limiter.name(), *map(text_of, _parts(limiter))) for limiter in each]

    def problem(self, properties: dict[str, str]) -> str:
        return str(self._asked(1, properties).left().toOption().get())

    def _asked(self, job: int, properties: dict[str, str]) -> Any:
        return self.jobs.of(job, properties_of(self._jvm, properties))


def _parts(limiter: Any) -> tuple[Any, ...]:
    return limiter.minCores(), limiter.maxCores(), limiter.maxTasks()


def named(pool: str = "", description: str = "", query: str = "", **own: str) -> dict[str, str]:
    """Local properties as Spark has them."""
    found = {"spark.scheduler.pool": pool, "spark.job.description": description, **own}
    if query:
        found["sql.streaming.queryId"] = "an-id"
        found["spark.job.description"] = f"{query}\nid = an-id\nbatch = 1"
    return {key: value for key, value in found.items() if value}


@pytest.mark.parametrize(
    ("properties", "limited"),
    [
        ({}, {}),
        (named(pool="default", description="nightly"), {}),
        (named(pool="etl"), {"pool etl": (None, "25%", None)}),
        (named(query="clicks"), {"rule clicks": ("2", "4.5", None)}),
        (
            named(pool="etl", description="into the database, nightly"),
            {"rule base": (None, None, "3"), "pool etl": (None, "25%", None)},
        ),
        (
            named(pool="etl", **{MAX_CORES: " 10%", MIN_CORES: "1", MAX_TASKS: "5"}),
            {"job 17": ("1", "10%", "5"), "pool etl": (None, "25%", None)},
        ),
        (
            {"spark.job.tags": "SparkConnect_OperationTag_User_anna_Session_s_Operation_o"},
            {"user anna": (None, "6", None)},
        ),
    ],
)
def test_all_that_there_are_limit_a_job_the_most_particular_first(
    jvm: JVMView, properties: dict[str, str], limited: dict[str, tuple[str | None, ...]]
) -> None:
    found = Limited(jvm, SETTINGS).of(properties)
    assert list(found.items()) == list(limited.items())


def test_jobs_that_name_no_pool_are_in_the_default_one(jvm: JVMView) -> None:
    """As in Spark's FAIR mode."""
    application = Limited(jvm, {"pool.default.maxCores": "3"})
    assert application.of({}) == application.of(named(pool="default"))
    assert application.of({}) == {"pool default": (None, "3", None)}
    assert application.of(named(pool="etl")) == {}
    application.choose("pool default", tasks=2)
    assert application.of({}) == {"pool default": (None, "3", "2")}


def test_a_user_is_known_as_soon_as_a_statement_runs(jvm: JVMView) -> None:
    application, statement = Limited(jvm, SETTINGS), {"spark.jobGroup.id": "a statement"}
    assert application.of(statement) == {}
    application.runs_for("anna", statement)
    assert application.of(statement) == {"user anna": (None, "6", None)}
    assert application.of({"spark.jobGroup.id": "another"}) == {}
    # Of the threads that have a statement's properties, the first is its own.
    application.runs_for("bob", statement)
    assert application.of(statement) == {"user anna": (None, "6", None)}
    application.runs_for("anna", {})
    assert application.of({}) == {}


@pytest.mark.parametrize(
    ("properties", "work"),
    [
        ({}, ["job 1", "job 2"]),
        ({"spark.sql.execution.id": "7"}, ["SQL execution 7"] * 2),
        (
            {"spark.sql.execution.id": "7", "spark.sql.execution.root.id": "5"},
            ["SQL execution 5"] * 2,
        ),
        ({"spark.streaming.internal.batchTime": "1000"}, ["batch 1000"] * 2),
    ],
)
def test_what_a_session_says_counts_each_execution_as_a_whole(
    jvm: JVMView, properties: dict[str, str], work: list[str]
) -> None:
    application = Limited(jvm, {})
    session = {MAX_TASKS: "2", **properties}
    assert [*application.of(session, 1), *application.of(session, 2)] == work


def test_a_block_comes_before_the_session_setting_by_setting(jvm: JVMView) -> None:
    """Also that of a Spark Connect client, which is a tag, as the server has it."""
    tag = "SparkConnect_SessionTag_User_ann_Session_1-2-3_Tag_neptune.block.maxCores=25%"
    session = {MAX_CORES: "8", MIN_CORES: "1", MAX_TASKS: "5"}
    application = Limited(jvm, {})
    for block in ({"neptune.maxCores": "25%"}, {"spark.job.tags": f"other,{tag}"}):
        assert application.of({**session, **block}) == {"job 17": ("1", "25%", "5")}


ANNAS = {"spark.job.tags": "SparkConnect_OperationTag_User_anna_Session_s_Operation_o"}


def test_what_somebody_chooses_meanwhile_comes_first_one_by_one(jvm: JVMView) -> None:
    application = Limited(jvm, SETTINGS)
    etl = named(pool="etl", description="database", **{MAX_TASKS: "5"})
    application.choose("pool etl", tasks=2)
    application.choose("rule base", tasks=1)
    application.choose("job 17", cores="2")
    assert application.of(etl) == {
        "job 17": (None, "2", "5"),
        "rule base": (None, None, "1"),
        "pool etl": (None, "25%", "2"),
    }
    for name in ("job 17", "rule base", "pool etl"):
        application.choose(name)
    assert application.of(etl) == {
        "job 17": (None, None, "5"),
        "rule base": (None, None, "3"),
        "pool etl": (None, "25%", None),
    }


def test_somebody_may_limit_what_nothing_is_configured_for(jvm: JVMView) -> None:
    application = Limited(jvm, {})
    application.choose("pool crawl", tasks=2)
    application.choose("user anna", cores="3")
    assert application.of(named(pool="crawl", **ANNAS)) == {
        "pool crawl": (None, None, "2"),
        "user anna": (None, "3", None),
    }
    application.choose("pool crawl")
    assert application.of(named(pool="crawl")) == {}


def test_what_is_chosen_for_a_job_is_for_all_that_it_is_a_part_of(jvm: JVMView) -> None:
    """Also if that was not known yet, by its user or by whoever may."""
    application, execution = Limited(jvm, {}), {"spark.sql.execution.id": "7", **ANNAS}
    application.choose("job 17", tasks=2)
    application.choose("job 17", tasks=9, cores="3", owner="anna")
    application.choose("job 18", tasks=8)
    assert application.of(execution) == {}
    assert application.began(execution)
    assert application.of(execution, job=16) == {"SQL execution 7": (None, "3", "2")}
    assert application.of({}) == {}
    # That is said once; and what a job is that is a part of nothing is known anyway.
    assert not application.began(execution)
    assert not application.began({}, job=18)
    assert application.of({}, job=18) == {"job 18": (None, None, "8")}


def test_what_is_chosen_for_a_job_is_the_same_for_jobs_with_different_limits(
    jvm: JVMView,
) -> None:
    """Of one execution; what they say of something else is each one's own as it was."""
    application, execution = Limited(jvm, {}), {"spark.sql.execution.id": "7"}
    wide, narrow = ({**execution, MAX_CORES: cores, MAX_TASKS: "5"} for cores in ("4", "2"))
    application.choose("job 17", tasks=3)
    application.began(execution)
    chosen = ("SQL execution 7", None, None, "3")
    assert application.each(execution) == [chosen]
    assert application.each(wide) == [chosen, ("SQL execution 7", None, "4", None)]
    assert application.each(narrow) == [chosen, ("SQL execution 7", None, "2", None)]


def test_what_all_may_not_exceed_comes_before_what_a_user_chooses(jvm: JVMView) -> None:
    application = Limited(jvm, {})
    application.choose("job 17", tasks=9, owner="anna")
    application.choose("job 17", tasks=8, owner="bob")
    assert application.of({}) == {}
    assert application.of(ANNAS) == {"job 17": (None, None, "9")}
    application.choose("job 17", tasks=1)
    assert application.of(ANNAS) == application.of({}) == {"job 17": (None, None, "1")}


def test_a_client_says_it_where_the_jvm_looks(jvm: JVMView) -> None:
    said = neptune_spark.limit(max_cores=2, max_tasks=3)._said
    for properties in (
        {each.local_property: each.value for each in said},
        {"spark.job.tags": ",".join(each.tag_start + each.value for each in said)},
    ):
        assert Limited(jvm, {}).of(properties) == {"job 17": (None, "2", "3")}


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({MAX_CORES: "many"}, f"{MAX_CORES} is 'many', but it must be a number of cores above 0"),
        ({MAX_TASKS: "0"}, f"{MAX_TASKS} is '0', but it must be a positive integer."),
        (
            {MIN_CORES: "5", MAX_CORES: "4"},
            f"{MIN_CORES} is 5, above {MAX_CORES}, which is 4: lower the first, or raise the "
            "second.",
        ),
    ],
)
def test_a_job_is_told_what_is_wrong_with_its_limits(
    jvm: JVMView, properties: dict[str, str], said: str
) -> None:
    assert Limited(jvm, {}).problem(properties).startswith(said)


def test_a_least_of_another_kind_than_the_most_may_fit(jvm: JVMView) -> None:
    assert Limited(jvm, {}).of({MIN_CORES: "5", MAX_CORES: "50%"})


@pytest.mark.parametrize(
    ("text", "total", "nanocores"),
    [
        ("8", 100 * CORE, 8 * CORE),
        ("8", 4 * CORE, 8 * CORE),
        ("0.5", 4 * CORE, CORE // 2),
        ("25%", 6 * CORE, 3 * CORE // 2),
        ("100%", 40_000 * CORE, 40_000 * CORE),
        ("33.333333333%", 3 * CORE, 999_999_999),
    ],
)
def test_cores_are_a_number_or_a_share_of_all(
    jvm: JVMView, text: str, total: int, nanocores: int
) -> None:
    count: Any = jvm.org.apache.spark.neptune.settings.CoreCount
    assert count.parse(text).get().nanocores(total) == nanocores


def test_a_level_has_the_common_order_or_its_own(jvm: JVMView) -> None:
    settings = Limited(
        jvm, {"order": "feedback", "level.high.order": "spark", "level.-3.order": "fair"}
    ).settings
    assert [settings.orderOf(level) for level in (0, 10, -3)] == ["feedback", "spark", "fair"]


def test_by_default_levels_are_as_spark_has_them(jvm: JVMView) -> None:
    settings = Limited(jvm, {}).settings
    assert settings.orderOf(0) == "spark"
    assert not settings.isSharing()
    assert settings.quantumNs() == 10**9
    bands = settings.bandsNs()
    assert [bands.apply(i) for i in range(bands.size())] == [
        band * 10**9 for band in (0, 1, 10, 60, 300)
    ]


@pytest.mark.parametrize(
    ("setting", "shares"),
    [
        ({"order": "fair"}, True),
        ({"level.low.order": "feedback"}, True),
        ({"level.low.order": "spark"}, False),
        ({"pool.etl.maxCores": "4"}, True),
        ({"pool.etl.priority": "low"}, False),
    ],
)
def test_cores_are_shared_once_anything_says_so(
    jvm: JVMView, setting: dict[str, str], shares: bool
) -> None:
    assert Limited(jvm, setting).settings.isSharing() == shares


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"rule.a.query": "x", "rule.a.minCores": "5", "rule.a.maxCores": "4"},
            r"rule\.a\.minCores is 5, above spark\S+rule\.a\.maxCores, which is 4",
        ),
        ({"level.urgent.order": "fair"}, r"level\.urgent\.order names no level: put low, normal"),
        (
            {"level.high.order": "fair", "level.10.order": "spark"},
            r"level\.10\.order and \S+level\.high\.order are for the same level",
        ),
        ({"level.low.order": "fair", "preemption": "kill"}, "preemption is kill, .* order is fair"),
    ],
)
def test_what_contradicts_itself_is_refused(
    jvm: JVMView, settings: dict[str, str], said: str
) -> None:
    with pytest.raises(Py4JJavaError, match=said):
        Limited(jvm, settings)


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("pool.etl.maxcores", "pool.etl.maxCores"),
        ("pool.a.b.max_cores", "pool.a.b.maxCores"),
        ("users.anna.MaxPriority", "user.anna.maxPriority"),
        ("rule.clicks.quary", "rule.clicks.query"),
        ("level.high.Order", "level.high.order"),
        ("pool.maxCores", "pool.<name>.maxCores"),
        ("pool..maxCores", "pool.<name>.maxCores"),
        ("ordr.quantum", "order.quantum"),
    ],
)
def test_a_misspelt_key_is_told_with_what_was_meant(jvm: JVMView, key: str, meant: str) -> None:
    said = f"{key} (set to '4') is not a setting of Neptune: did you mean spark.neptune.{meant}? "
    with pytest.raises(Py4JJavaError, match=re.escape(f"spark.neptune.{said}Otherwise remove it.")):
        Limited(jvm, {key: "4"})


def test_a_key_that_is_like_none_is_told_with_all_of_its_kind(jvm: JVMView) -> None:
    keys = "spark.neptune.pool.etl.maxCores, spark.neptune.pool.etl.priority."
    said = f"is not a setting of Neptune; remove it or use one of: {keys}"
    with pytest.raises(Py4JJavaError, match=re.escape(said)):
        Limited(jvm, {"pool.etl.maxTasks": "4"})
