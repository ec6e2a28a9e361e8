"""What several tests of this folder have."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from pyspark import SparkContext

from tests.unit.sessions import FakeConnectSession, FakeContext


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> FakeContext:
    context = FakeContext()
    monkeypatch.setattr(SparkContext, "_active_spark_context", context)
    return context


@pytest.fixture
def no_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SparkContext, "_active_spark_context", None)


@pytest.fixture
def connect(no_context: None, monkeypatch: pytest.MonkeyPatch) -> FakeConnectSession:
    session = FakeConnectSession()
    module = SimpleNamespace(SparkSession=FakeConnectSession)
    monkeypatch.setitem(sys.modules, "pyspark.sql.connect.session", module)
    monkeypatch.setattr(FakeConnectSession, "_default_session", session)
    return session
