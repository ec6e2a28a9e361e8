from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pyspark import SparkContext

import neptune_spark
from neptune_spark import SessionError
from neptune_spark._jvm_scheduler import SCHEDULER_CLASS


def _java_class(*names: str) -> Any:
    """A class by its name and those of its superclasses."""
    if not names:
        return None
    return SimpleNamespace(getName=lambda: names[0], getSuperclass=lambda: _java_class(*names[1:]))


def _context(*names: str) -> SparkContext:
    """One whose scheduler is of that class."""
    scheduler = SimpleNamespace(getClass=lambda: _java_class(*names), neptune=lambda: "neptune")
    java = SimpleNamespace(taskScheduler=lambda: scheduler)
    properties = SimpleNamespace(version=lambda: neptune_spark.__version__)
    context = SparkContext.__new__(SparkContext)
    context.__dict__["_jsc"] = SimpleNamespace(sc=lambda: java)
    context.__dict__["_jvm"] = SimpleNamespace(
        **{"org.apache.spark.neptune.build.BuildProperties": properties}
    )
    return context


def test_a_subclass_of_neptunes_scheduler() -> None:
    """As on YARN and Kubernetes."""
    ours = _context("a.Subclass", SCHEDULER_CLASS, "java.lang.Object")
    access: Any = neptune_spark.scheduler(ours)._access
    assert access.neptune == "neptune"


def test_a_session_without_neptune() -> None:
    stock = "org.apache.spark.scheduler.TaskSchedulerImpl"
    for names in ([stock], ["a.Subclass", stock]):
        with pytest.raises(SessionError, match=f"runs without Neptune .*{names[0]}"):
            neptune_spark.scheduler(_context(*names))
