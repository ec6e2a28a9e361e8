"""What a Spark lacks of what we need is told when the jar is built, and by a jar at its start."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

from neptune_spark import ShimError, find_jar
from neptune_spark._start.class_files import ClassFile
from neptune_spark._start.reflected import REFLECTED_LIST
from neptune_spark._start.spark_install import find_spark
from tests.doctored_spark import doctored_spark, renamed
from tests.jvm.functions import scala_object, scala_seq

_SORTER = "org/apache/spark/util/collection/unsafe/sort/UnsafeExternalSorter"
_MANAGER = "org/apache/spark/memory/TaskMemoryManager"

#: Our classes that use reflection otherwise than by Reflected, and why they may.
_OTHER_REFLECTION = {
    "org/apache/spark/neptune/compat/Reflected$": "it is the way",
    "org/apache/spark/neptune/BuildCheck$": "looks whether there is what the jar's list has",
    "org/apache/spark/scheduler/neptune/StageRdds$": "looks at all fields, whatever there are",
    "org/apache/spark/neptune/driver/policies/PolicyClasses$": "makes the user's policy",
    "org/apache/spark/neptune/driver/start/EarlyClasses$": "loads those of the jar",
}


@pytest.mark.parametrize(
    ("of_class", "name", "instead", "told"),
    [
        (
            _MANAGER,
            "getMemoryConsumptionForThisTask",
            "getMemoryConsumedByThisOneTask_",
            r"HeldMemory\.scala:\d+: error: value getMemoryConsumptionForThisTask is not a member "
            r"of org\.apache\.spark\.memory\.TaskMemoryManager"
            r"( did you mean \w+\?)?\n +override def bytes: Long = manager\.getMemory",
        ),
        (
            _SORTER,
            "readingIterator",
            "iteratorForRead",
            r"HeldMemory\.scala: there is no field readingIterator of class org\.apache\.spark\."
            r"util\.collection\.unsafe\.sort\.UnsafeExternalSorter\n",
        ),
    ],
)
def test_a_build_that_lacks_a_member(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    of_class: str,
    name: str,
    instead: str,
    told: str,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = doctored_spark(tmp_path / "spark", of_class, lambda data: renamed(data, name, instead))
    with pytest.raises(ShimError) as e:
        find_jar(home)
    said = str(e.value)
    version = find_spark().version
    assert f"does not fit the build of Spark {version}-vendor-1 in {home}," in said
    assert re.search(told, said)
    assert re.search(r"Set SPARK_HOME to Apache's own Spark \d\.\d\.\d,", said)
    assert len(said.splitlines()) < 15
    (log,) = re.findall(r"\S+\.log", said)
    assert name in Path(log).read_text()
    left = {file.suffix for file in (tmp_path / "cache" / "neptune-spark").iterdir()}
    assert left == {".lock", ".log"}


def test_a_jar_at_its_start(jvm: JVMView) -> None:
    check = scala_object(jvm.org.apache.spark.neptune, "BuildCheck")
    with zipfile.ZipFile(find_jar()) as jar:
        lines = jar.read(REFLECTED_LIST).decode().splitlines()
    assert "org.apache.spark.SparkConf\tsettings\tjava.util.concurrent.ConcurrentHashMap" in lines
    check.verify(scala_seq(jvm, lines))
    wrong = [
        "org.apache.spark.SparkConf\tsettings\tjava.util.HashMap",
        "org.apache.spark.SparkConf\tset_tings\t",
        "org.apache.spark.unsafe.map.LongToBytesMap\t\t",
    ]
    with pytest.raises(Py4JJavaError) as e:
        check.verify(scala_seq(jvm, [*lines, *wrong]))
    said = str(e.value.java_exception.getMessage())
    assert said.startswith(
        "The Neptune jar needs org.apache.spark.SparkConf.settings (a java.util.HashMap), "
        "org.apache.spark.SparkConf.set_tings, org.apache.spark.unsafe.map.LongToBytesMap of "
        f"Spark's internals, which this build of Spark {find_spark().version} hasn't got; "
    )
    assert "'neptune-spark jar --spark-home'" in said


def test_no_reflection_escapes_the_build() -> None:
    with zipfile.ZipFile(find_jar()) as jar:
        classes = [ClassFile(jar.read(n)) for n in jar.namelist() if n.endswith(".class")]
    assert len(classes) > 300
    places = ("java/lang/Class", "java/lang/invoke/MethodHandles", "org/apache/spark/util/Utils$")
    asks = re.compile(r"get(Declared)?(Fields?|Methods?|Constructors?)|forName|classForName|lookup")
    users = {
        each.name
        for each in classes
        for kind, *named in each.constants()
        if kind == "method" and named[0] in places and asks.fullmatch(named[1])
    }
    assert users == set(_OTHER_REFLECTION)
