"""The limits of a block: where they are said, and what can be none. The mechanics are priority()'s,
and tested with it."""

from __future__ import annotations

import pytest

import neptune_spark
from neptune_spark import SessionError, SettingError
from tests.unit.sessions import FakeConnectSession, FakeContext

CORES, TASKS, TARGET = "neptune.maxCores", "neptune.maxTasks", "neptune.target"


def test_blocks_nest_setting_by_setting(context: FakeContext) -> None:
    def now() -> tuple[str | None, str | None]:
        return context.getLocalProperty(CORES), context.getLocalProperty(TASKS)

    with neptune_spark.limit(max_cores="25%", max_tasks=4):
        assert now() == ("25%", "4")
        with neptune_spark.limit(max_cores=1.5):
            assert now() == ("1.5", "4")
        assert now() == ("25%", "4")
    assert now() == (None, None)


def test_a_target_is_a_local_property_too(context: FakeContext) -> None:
    with neptune_spark.limit(target="500ms"):
        assert context.getLocalProperty(TARGET) == "500ms"
        with neptune_spark.limit(target=250, max_tasks=2):
            assert [context.getLocalProperty(key) for key in (TARGET, TASKS)] == ["250ms", "2"]
    assert context.getLocalProperty(TARGET) is None


def test_it_is_tags_of_spark_connect(connect: FakeConnectSession) -> None:
    with neptune_spark.priority("low"), neptune_spark.limit(max_cores=8, max_tasks=2):
        limited = {"neptune.block.maxCores=8", "neptune.block.maxTasks=2"}
        assert connect.getTags() == {"neptune.block=low"} | limited
        with neptune_spark.limit(max_tasks=1):
            limited = {"neptune.block.maxCores=8", "neptune.block.maxTasks=1"}
            assert connect.getTags() == {"neptune.block=low"} | limited
    assert connect.getTags() == set()


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"max_cores": 0}, r"spark\.neptune\.maxCores cannot be 0: give a number of cores above 0"),
        ({"max_cores": "120%"}, r"maxCores cannot be '120%': .* a share of all cores like '25%'"),
        ({"max_tasks": 2, "max_cores": "all"}, r"maxCores cannot be 'all'"),
        ({"max_tasks": "25%"}, r"maxTasks cannot be '25%': give a positive integer"),
        ({"target": "soon"}, r"spark\.neptune\.target cannot be 'soon': .* like '100ms' or '2s'"),
        ({"target": 0}, r"spark\.neptune\.target cannot be 0: .* milliseconds above 0"),
    ],
)
def test_what_can_be_no_limit_is_refused_at_once(
    no_context: None, limits: dict[str, object], said: str
) -> None:
    with pytest.raises(SettingError, match=said):
        neptune_spark.limit(**limits)  # type: ignore[arg-type]  # the point of the test


def test_it_limits_something() -> None:
    with pytest.raises(TypeError, match="give max_cores, max_tasks or target"):
        neptune_spark.limit()


def test_it_says_its_own_name(no_context: None) -> None:
    limit = neptune_spark.limit(max_tasks=2)
    assert repr(limit) == "limit(max_tasks='2')"
    with pytest.raises(SessionError, match=r"neptune_spark\.limit\(\) needs a running"):
        limit.__enter__()

    async def job() -> None:
        """Does nothing."""

    with pytest.raises(TypeError, match=r"limit\(\) cannot decorate .* without the limit"):
        limit(job)
