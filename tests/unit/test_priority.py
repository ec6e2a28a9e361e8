from __future__ import annotations

import functools
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from pyspark import SparkContext

import neptune_spark
from neptune_spark import SessionError, SettingError
from tests.unit.sessions import FakeConnectSession, FakeContext

KEY = "neptune.priority"


def test_nests_and_puts_back(context: FakeContext) -> None:
    with neptune_spark.priority("low"):
        assert context.getLocalProperty(KEY) == "low"
        with neptune_spark.priority(7):
            assert context.getLocalProperty(KEY) == "7"
        assert context.getLocalProperty(KEY) == "low"
    assert context.getLocalProperty(KEY) is None


def test_puts_back_what_the_user_set_without_it(context: FakeContext) -> None:
    context.setLocalProperty(KEY, "3")
    with neptune_spark.priority("high"):
        pass
    assert context.getLocalProperty(KEY) == "3"


def test_puts_back_after_an_error_and_lets_it_through(context: FakeContext) -> None:
    with pytest.raises(ZeroDivisionError), neptune_spark.priority("high"):
        _ = 1 // 0
    assert context.getLocalProperty(KEY) is None


def test_decorates(context: FakeContext) -> None:
    @neptune_spark.priority("high")
    def job(left: int, *, right: int) -> tuple[int, str | None]:
        """Adds."""
        return left + right, context.getLocalProperty(KEY)

    assert job(1, right=2) == (3, "high")
    assert job.__name__ == "job"
    assert job.__doc__ == "Adds."
    assert context.getLocalProperty(KEY) is None


def test_decorates_recursion(context: FakeContext) -> None:
    @neptune_spark.priority("high")
    def job(depth: int) -> str | None:
        return job(depth - 1) if depth else context.getLocalProperty(KEY)

    assert job(3) == "high"
    assert context.getLocalProperty(KEY) is None


def test_decorates_before_a_session_is_there(no_context: None) -> None:
    @neptune_spark.priority("high")
    def job() -> None:
        raise AssertionError("must not run without its priority")

    with pytest.raises(SessionError, match="needs a running Spark session"):
        job()


def test_one_object_serves_several_threads_at_once(context: FakeContext) -> None:
    level = neptune_spark.priority("low")
    inside = threading.Barrier(2, timeout=60)
    seen: dict[str, list[str | None]] = {}

    def job(name: str, former: str | None) -> None:
        context.setLocalProperty(KEY, former)
        with level:
            inside.wait()
            during = context.getLocalProperty(KEY)
            inside.wait()
        seen[name] = [during, context.getLocalProperty(KEY)]

    threads = [
        threading.Thread(target=job, args=("first", None)),
        threading.Thread(target=job, args=("second", "9")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert seen == {"first": ["low", None], "second": ["low", "9"]}


def test_a_context_stopped_inside_is_left_alone(context: FakeContext) -> None:
    with neptune_spark.priority("high"):
        context.stop()


@pytest.mark.parametrize("level", ["urgent", 2**31, True, 1.5, None])
def test_refuses_a_bad_level_at_once(no_context: None, level: object) -> None:
    with pytest.raises(SettingError, match="give one of 'low', 'normal', 'high'"):
        neptune_spark.priority(level)  # type: ignore[arg-type]  # the point of the test


def test_needs_a_session(no_context: None) -> None:
    with pytest.raises(SessionError, match="there is none in this process"):
        neptune_spark.priority("high").__enter__()


def test_needs_a_session_that_is_not_stopped(context: FakeContext) -> None:
    context.stop()
    with pytest.raises(SessionError):
        neptune_spark.priority("high").__enter__()


def test_needs_a_session_of_spark_connect(
    no_context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_CONNECT_MODE_ENABLED", "1")
    with pytest.raises(SessionError, match="Spark Connect"):
        neptune_spark.priority("high").__enter__()


def test_a_block_is_a_tag_of_spark_connect(connect: FakeConnectSession) -> None:
    connect.addTag("neptune.priority=high")
    with neptune_spark.priority("low"):
        assert connect.getTags() == {"neptune.priority=high", "neptune.block=low"}
        with neptune_spark.priority(7), neptune_spark.priority(7):
            assert connect.getTags() == {"neptune.priority=high", "neptune.block=7"}
        assert connect.getTags() == {"neptune.priority=high", "neptune.block=low"}
    assert connect.getTags() == {"neptune.priority=high"}


def test_the_threads_own_session_comes_before_the_default(
    connect: FakeConnectSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = FakeConnectSession()
    monkeypatch.setattr(FakeConnectSession._of_thread, "session", own, raising=False)
    with neptune_spark.priority("low"):
        assert (own.getTags(), connect.getTags()) == ({"neptune.block=low"}, set())
        own.is_stopped = True
        with neptune_spark.priority("high"):
            assert connect.getTags() == {"neptune.block=high"}
    assert (own.getTags(), connect.getTags()) == (set(), set())


def test_a_stopped_session_of_spark_connect_is_none(connect: FakeConnectSession) -> None:
    connect.is_stopped = True
    with pytest.raises(SessionError, match="there is none in this process"):
        neptune_spark.priority("high").__enter__()


def test_a_process_with_its_own_server_says_it_to_both(
    connect: FakeConnectSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = FakeContext()
    monkeypatch.setattr(SparkContext, "_active_spark_context", context)
    with neptune_spark.priority("low"):
        assert context.getLocalProperty(KEY) == "low"
        assert connect.getTags() == {"neptune.block=low"}
    assert context.getLocalProperty(KEY) is None
    assert connect.getTags() == set()


def _generator() -> Iterator[int]:
    yield 1


def _class_generator(kind: type) -> Iterator[int]:
    yield 1


async def _coroutine() -> None:
    """Does nothing."""


async def _async_generator() -> AsyncIterator[int]:
    yield 1


class _CallableGenerator:
    def __call__(self) -> Iterator[int]:
        yield 1


@pytest.mark.parametrize(
    "function",
    [
        _generator,
        _coroutine,
        _async_generator,
        functools.partial(_generator),
        _CallableGenerator(),
        FakeContext,
        3,
        classmethod(_class_generator),
    ],
    ids=lambda function: getattr(function, "__name__", type(function).__name__),
)
def test_refuses_to_decorate_what_it_could_not_cover(function: object) -> None:
    with pytest.raises(TypeError, match=r"priority\(\)"):
        neptune_spark.priority("high")(function)  # type: ignore[arg-type]  # the point of the test
