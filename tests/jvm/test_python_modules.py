"""What the executor does with modules of the user's, and with what its Python says."""

from __future__ import annotations

import pytest
from py4j.java_gateway import JVMView

DAEMON = "neptune_spark.worker.daemon"
CHAINED = "neptune_spark.worker.chained."
SUBMIT = "org.apache.spark.deploy.SparkSubmit "
SERVER = SUBMIT + "--class org.apache.spark.sql.connect.service.SparkConnectServer spark-internal"


@pytest.mark.parametrize(
    ("theirs", "name", "started"),
    [
        (None, "daemon", DAEMON),
        (DAEMON, "daemon", DAEMON),
        ("mine", "daemon", CHAINED + "daemon:mine"),
        ("my.own.module", "main", CHAINED + "main:my:own:module"),
        # What was set for one session's executor in a conf that another session began with.
        (CHAINED + "daemon:mine", "daemon", CHAINED + "daemon:mine"),
    ],
)
def test_in_place_of(jvm: JVMView, theirs: str | None, name: str, started: str) -> None:
    modules = jvm.org.apache.spark.neptune.python.PythonModules
    assert modules.inPlaceOf(jvm.scala.Option.apply(theirs), name) == started


@pytest.mark.parametrize(
    ("command", "env", "program", "is_presumed"),
    [
        (SUBMIT + "app.py", {}, "/set", False),
        (SUBMIT + "pyspark-shell", {}, "python3", False),
        (SUBMIT + "pyspark-shell", {"PYSPARK_PYTHON": "/here"}, "/here", False),
        # A Spark Connect server, for one, does not read the setting.
        (SERVER, {}, "python3", True),
        (SERVER, {"PYSPARK_DRIVER_PYTHON": "/driver"}, "/driver", True),
        (SERVER, {"PYSPARK_DRIVER_PYTHON": "/driver", "PYSPARK_PYTHON": "/here"}, "/here", True),
    ],
)
def test_which_interpreter_workers_have(
    jvm: JVMView, command: str, env: dict[str, str], program: str, is_presumed: bool
) -> None:
    conf = jvm.org.apache.spark.SparkConf(False).set("spark.pyspark.python", "/set")
    variables = getattr(getattr(jvm.scala.collection.immutable, "Map$"), "MODULE$").empty()
    for name, value in env.items():
        variables = variables.updated(name, value)
    found = jvm.org.apache.spark.neptune.python.PythonCheck.interpreterOf(conf, command, variables)
    assert (found.program(), found.isPresumed()) == (program, is_presumed)


@pytest.mark.parametrize(
    ("problem", "may_pass"),
    [
        ('Cannot run program "python3": error=11, Resource temporarily unavailable', True),
        ('Cannot run program "python3": error=12, Cannot allocate memory', True),
        ('Cannot run program "python3": error=24, Too many open files', True),
        ('Cannot run program "python3": error=2, No such file or directory', False),
        ("cannot import psutil", False),
    ],
)
def test_what_may_pass(jvm: JVMView, problem: str, may_pass: bool) -> None:
    assert jvm.org.apache.spark.neptune.python.PythonCheck.mayPass(problem) == may_pass


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("No module named 'neptune_spark'", "install it there: pip install neptune-spark."),
        ("neptune-spark: python lacks psutil.", "Neptune can't run Python tasks: python lacks "),
    ],
)
@pytest.mark.parametrize(
    ("master", "way"),
    [
        ("yarn", "--archives brings an environment along, and --py-files the package alone"),
        ("k8s://https://[::1]:6443", "it has to be in the image"),
        ("spark://host:7077", None),
        ("local[2]", None),
    ],
)
def test_the_way_there(jvm: JVMView, said: str, what: str, master: str, way: str | None) -> None:
    conf = jvm.org.apache.spark.SparkConf(False).set("spark.master", master)
    check = jvm.org.apache.spark.neptune.python.PythonCheck
    sentence = check.sentence("/nodes/python", said, conf)
    assert what in sentence
    assert (" On " in sentence) == (way is not None)
    assert (way or "") in sentence
