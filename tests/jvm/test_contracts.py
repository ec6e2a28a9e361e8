"""What Python and the JVM must have in common, compared: neither side reads the other's code."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

import neptune_spark
from neptune_spark import SettingError
from neptune_spark._jvm_scheduler import SCHEDULER_CLASS
from neptune_spark._policy.callback import PolicyCallback
from neptune_spark._setting_values import LEVELS
from neptune_spark._settings import SETTINGS, by_key
from neptune_spark._start.shim import PLUGIN_CLASS
from neptune_spark.controller import main as controller
from neptune_spark.worker.messages import FRAME_BYTES, PROTOCOL_VERSION, Report, Request

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
        "owner",
        "all",
        "own",
        "shared",
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
    *("spark", "fair", "feedback", "FAIR", "0ms", " 00s", "1ms"),
    *("25%", " 12.5% ", "100%", "100.5%", ".5%", "0%", "%", "25 %", "-5%", "2147483647.5", "0.0"),
    *("0.000000001", "0.0000000001", "1,5", "0,1,10", "0, 1.5 ,.2e1", "0 , .5,10 ", "1,2", "0,0"),
    *("0,2,1", "0,", ",0", "0;1", "0,1,2147483647", "0,1,2147483648", "0.0,1", "0,-1"),
    *(",".join(map(str, range(bands))) for bands in (16, 17)),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)
def test_both_sides_accept_the_same_values(setting: Any, jvm: JVMView) -> None:
    name = "7" if setting.name == "level_order" else "a.name"
    key = setting.key.replace("<name>", name)
    accepted = {value for value in VALUES if _python_accepts(key, value)}
    by_jvm = {value for value in VALUES if _jvm_accepts(key, value, jvm)}
    # Regular expressions of Java's are Java's to check.
    assert by_jvm == (accepted - {"+3"} if setting.type == "pattern" else accepted)
    assert bool(accepted) == setting.configurable


def _python_accepts(key: str, value: str) -> bool:
    try:
        by_key(key).parse(value)
    except SettingError:
        return False
    return True


def _jvm_accepts(key: str, value: str, jvm: JVMView) -> bool:
    conf = jvm.org.apache.spark.SparkConf(False)
    if key.startswith("spark.neptune.rule."):
        for what, rest in (("priority", "low"), ("description", "nightly")):
            conf.set(f"{key.rpartition('.')[0]}.{what}", rest)
    conf.set(key, value)
    try:
        getattr(jvm.org.apache.spark.neptune.settings.Settings, "from")(conf)
    except Py4JJavaError as e:
        assert e.java_exception.getClass().getSimpleName() == "SparkException"
        return False
    return True


def test_the_levels_are_the_same(jvm: JVMView) -> None:
    names = jvm.neptune.core.Priority.names()
    pairs = [names.apply(i) for i in range(names.size())]
    assert {pair.productElement(0): pair.productElement(1) for pair in pairs} == LEVELS


def test_the_frames_are_the_same(jvm: JVMView) -> None:
    """Between a Python worker and its executor."""
    frame: Any = jvm.neptune.protocol.Frame
    methods = jvm.java.lang.Class.forName("neptune.protocol.Frame").getMethods()
    kinds = [m.getName() for m in methods if m.getReturnType().getName() == "byte"]
    of_jvm = {_upper_snake(kind): getattr(frame, kind)() for kind in kinds}
    assert of_jvm == {kind.name: int(kind) for kind in (*Report, *Request)}
    assert (frame.Bytes(), frame.Protocol()) == (FRAME_BYTES, PROTOCOL_VERSION)


def _upper_snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def test_the_states_of_tasks_are_the_same(jvm: JVMView) -> None:
    """But for the ended ones, which nobody is told of."""
    states = jvm.neptune.life.TaskState.all()
    names = {states.apply(i).name() for i in range(states.size())}
    assert names == {*get_args(neptune_spark.TaskState), "ended"}


@pytest.mark.parametrize("name", [PLUGIN_CLASS, SCHEDULER_CLASS, *PolicyCallback.Java.implements])
def test_the_classes_that_python_names_are_there(name: str, jvm: JVMView) -> None:
    assert jvm.java.lang.Class.forName(name).getName() == name


SCALA = Path(__file__).parents[2] / "jvm-shim/src/main/scala/org/apache/spark/neptune/python"


def test_the_words_of_the_process_controller_are_the_same() -> None:
    """Its lines are text on both sides: what one says, the other knows, and nothing else."""
    scala = "".join(file.read_text(encoding="utf-8") for file in SCALA.glob("*.scala"))
    asked = set(re.findall(r'"([a-z-]+) %d|\bwords\("([a-z-]+)", n', scala))
    tree = ast.parse(inspect.getsource(controller))
    obeyed = {
        constant.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name)
        if node.left.id == "word"
        for constant in node.comparators
        if isinstance(constant, ast.Constant)
    }
    assert {one or other for one, other in asked} == obeyed
    heard = {word for case in re.findall(r"case (.*?) \+: ", scala) for word in _quoted(case)}
    answered = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "_say"
        if isinstance(node.args[0], ast.Constant)
    }
    assert heard == answered
    assert f'"{controller.READY}"' in scala


def _quoted(text: str) -> list[str]:
    return re.findall(r'"([a-z-]+)"', text)
