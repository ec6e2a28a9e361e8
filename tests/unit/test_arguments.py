"""How jobs are named to the scheduler."""

from __future__ import annotations

from numbers import Integral
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import SparkSession

from neptune_spark import TaskError
from neptune_spark._arguments import count_of, target_of, task_id_of

ID = "3f1c2b9e-7e0e-4f3b-9d2e-0c6b1f0a7d55"
STREAM = SimpleNamespace(id=ID, runId="other", name="clicks")


class Integer:
    """One of NumPy's, as it registers its own."""

    def __init__(self, value: int) -> None:
        self._value = value

    def __int__(self) -> int:
        return self._value


Integral.register(Integer)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> None:
    session = SimpleNamespace(streams=SimpleNamespace(active=[STREAM]))
    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: session)


@pytest.mark.parametrize(
    ("named", "target"),
    [
        ({"job_id": 7}, ("job", "7")),
        ({"job_id": Integer(7)}, ("job", "7")),
        ({"query": Integer(7)}, ("query", "7")),
        ({"job_group": "nightly"}, ("group", "nightly")),
        ({"tag": "report"}, ("tag", "report")),
        ({"query": 42}, ("query", "42")),
        ({"query": ID.upper()}, ("query", ID)),
        ({"query": STREAM}, ("query", ID)),
        ({"query": "clicks", "tag": None}, ("query", ID)),
    ],
)
def test_jobs_are_named_in_one_way(
    streams: None, named: dict[str, Any], target: tuple[str, str]
) -> None:
    assert target_of("set_priority", **named) == target


def test_numbers_of_a_tables_column_are_numbers() -> None:
    assert (task_id_of(Integer(7)), count_of(Integer(7))) == (7, 7)
    with pytest.raises(TaskError, match=r"not 7\.0"):
        task_id_of(7.0)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"job_id": None, "tag": None}, "one of job_id, tag"),
        ({"job_id": 1, "tag": "a"}, "job_id or tag"),
        ({"job_id": "7"}, "job_id='7', which is not of type int"),
        ({"job_id": True}, "job_id=True"),
        ({"job_group": 7}, "job_group=7, which is not of type str"),
        ({"query": 1.5}, "query=1.5: give a StreamingQuery"),
        ({"query": False}, "query=False"),
    ],
)
def test_what_names_none_is_refused(named: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        target_of("set_priority", **named)


def test_a_name_that_no_stream_has_is_said_with_those_that_some_have(streams: None) -> None:
    with pytest.raises(TaskError, match=r"'cliks' \(there are 'clicks'\)"):
        target_of("set_priority", query="cliks")


def test_there_may_be_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SparkSession, "getActiveSession", lambda: None)
    with pytest.raises(TaskError, match=r"the name 'clicks': give the StreamingQuery"):
        target_of("set_priority", query="clicks")
