"""What an application and its jobs are told, made in the JVM of Python's strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from py4j.java_gateway import JVMView


def settings_of(jvm: JVMView, settings: Mapping[str, str]) -> Any:
    """Those of an application that sets these keys, given without what all begin with."""
    conf = jvm.org.apache.spark.SparkConf(False)
    for key, value in settings.items():
        conf.set(f"spark.neptune.{key}", value)
    return getattr(jvm.org.apache.spark.neptune.settings.Settings, "from")(conf)


def properties_of(jvm: JVMView, properties: Mapping[str, str]) -> Any:
    """The local properties of a job."""
    found = jvm.java.util.Properties()
    for key, value in properties.items():
        found.setProperty(key, value)
    return found


def text_of(option: Any) -> str | None:
    """What a Scala option has, as text."""
    return str(option.get()) if option.isDefined() else None
