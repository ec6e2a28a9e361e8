"""What Python and the JVM must have in common, compared: neither side reads the other's code."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

from neptune_spark import SettingError
from neptune_spark._settings import LEVELS, SETTINGS, by_key

VALUES = [
    *(
        "",
        " ",
        "a",
        "lma",
        "LMA",
        "lb",
        "suspend",
        "kill",
        "good",
        "true",
        "False",
        " true ",
        "yes",
    ),
    *("low", "high", " normal ", "High", "urgent", "2147483647", "2147483648", "-2147483648"),
    *("0", "1", "7", "-1", "+3", " 5 ", "1.0", "0.5", ".5", "5.", "1e-1", "1E-1", "1.1", "-0.1"),
    *("1_0", "0x1", "0.5f", "0.5d", "NaN", "nan", "inf", "Infinity", "1e999", "0e0", "--1", "1-"),
    *(
        "100ms",
        "2s",
        "3m",
        "3min",
        "1h",
        "1d",
        "5us",
        "100MS",
        " 2s ",
        "2 s",
        "-1ms",
        "1.5s",
        "soon",
    ),
    *("9223372036854775807", "9223372036854775808", "9223372036854775807ms", "99999999999999d"),
    *(
        "my.Policy",
        "my.deep.Outer$Policy",
        "my..Policy",
        "Policy",
        "my.1",
        "my.Policy ",
        "my.Pölicy",
    ),
    *(
        "python:a:B",
        "python:a.b_c:D1",
        "python:a",
        "python::B",
        "python:a:B.C",
        "Python:a:B",
        "a:B",
    ),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_both_sides_accept_the_same_values(setting: Any, jvm: JVMView) -> None:
    accepted = {value for value in VALUES if _python_accepts(setting.key, value)}
    assert {value for value in VALUES if _jvm_accepts(setting.key, value, jvm)} == accepted
    assert bool(accepted) == setting.configurable


def _python_accepts(key: str, value: str) -> bool:
    try:
        by_key(key).parse(value)
    except SettingError:
        return False
    return True


def _jvm_accepts(key: str, value: str, jvm: JVMView) -> bool:
    conf = jvm.org.apache.spark.SparkConf(False).set(key, value)
    try:
        getattr(jvm.org.apache.spark.neptune.Settings, "from")(conf)
    except Py4JJavaError as e:
        assert e.java_exception.getClass().getSimpleName() == "SparkException"
        return False
    return True


def test_the_levels_are_the_same(jvm: JVMView) -> None:
    names = jvm.neptune.core.Priority.names()
    pairs = [names.apply(i) for i in range(names.size())]
    assert {pair.productElement(0): pair.productElement(1) for pair in pairs} == LEVELS
