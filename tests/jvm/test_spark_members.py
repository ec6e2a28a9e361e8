"""The upgrade alarm: its recorded lists are up to date, and it tells what another Spark changes."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from dev.spark_members.__main__ import leaned_on, main
from dev.spark_members.bodies import body_hash
from dev.spark_members.comparison import Comparison, compare
from dev.spark_members.jvm import PACKAGES, WATCHED, WATCHED_EARLIER, named_in
from dev.spark_members.listing import RECORDED, Listing, read
from dev.spark_members.pyspark_side import WATCHED_PYTHON, PySpark, add_python
from neptune_spark import find_jar
from neptune_spark._start.class_files import ClassFile
from neptune_spark._start.lines import line_name, spark_lines
from neptune_spark._start.spark_classes import SparkClasses
from neptune_spark._start.spark_install import find_java, find_spark
from tests.doctored_spark import renamed

_MANAGER = "org/apache/spark/memory/TaskMemoryManager"
_CONSUMER = "org/apache/spark/memory/MemoryConsumer"
_SORTER = "org/apache/spark/util/collection/unsafe/sort/UnsafeExternalSorter"


def _recorded() -> str:
    line = line_name(find_spark().version)
    return (RECORDED / f"{line}.txt").read_text(encoding="utf-8")


def _without_hashes(text: str) -> str:
    return re.sub(r"Spark [\d.]+|\| [0-9a-f]{8} \|", "|", text)


def test_the_recorded_list_is_up_to_date() -> None:
    spark = find_spark()
    recorded, now = _recorded(), leaned_on(spark).text()
    told = f"run `make spark-members SPARK={spark.version}`, and look at what has changed"
    if read(recorded).release != spark.version:
        # Another release of the line: it has the same members, if not the same bodies.
        recorded, now = _without_hashes(recorded), _without_hashes(now)
    assert now.splitlines() == recorded.splitlines(), told


def test_each_line_has_a_list_of_its_newest_release() -> None:
    recorded = {
        file.stem: read(file.read_text(encoding="utf-8")).release for file in RECORDED.glob("*.txt")
    }
    assert recorded == {name: line.newest for name, line in spark_lines().items()}


def test_a_list_is_read_as_it_was_written() -> None:
    text = _recorded()
    assert read(text).text() == text


def test_what_is_watched_is_there() -> None:
    spark = SparkClasses(find_spark().jars)
    newest = list(spark_lines())[-1]
    if line_name(find_spark().version) == newest:
        assert [name for name in WATCHED if spark.find(f"org/apache/spark/{name}") is None] == []
    listed = read((RECORDED / f"{newest}.txt").read_text(encoding="utf-8"))
    watched = {
        name
        for name, owner in listed.owners.items()
        for member in owner.members.values()
        if any(user.startswith("watched for ") for user in member.users)
    }
    named = {"org.apache.spark." + name.replace("/", ".") for name in WATCHED}
    assert watched == {*named, *WATCHED_PYTHON}


def test_what_only_earlier_lines_have_is_watched_there() -> None:
    lists = {file.stem: read(file.read_text(encoding="utf-8")) for file in RECORDED.glob("*.txt")}
    newest = list(spark_lines())[-1]
    for name in WATCHED_EARLIER:
        owner = "org.apache.spark." + name.replace("/", ".")
        assert [line for line, listed in lists.items() if owner in listed.owners] != []
        assert owner not in lists[newest].owners, "it belongs into WATCHED"


def test_what_is_known_by_its_name_is_there() -> None:
    """What our classes look for in stacks, for example: no name is misspelt."""
    newest = list(spark_lines())[-1]
    listed = read((RECORDED / f"{newest}.txt").read_text(encoding="utf-8"))
    with zipfile.ZipFile(find_jar()) as jar:
        ours = [ClassFile(jar.read(name)) for name in jar.namelist() if name.endswith(".class")]
    names = {name.replace("/", ".") for each in ours for name in named_in(each)}
    assert {"org.apache.spark.storage.BlockInfoManager", "org.apache.spark.rpc"} <= names
    names |= {"org.apache.spark." + name.replace("/", ".") for name in PACKAGES}
    known = {
        name for name, owner in listed.owners.items() if owner.members.keys() & {"class", "package"}
    }
    assert names - known == set()


class _Doctored(SparkClasses):
    """The Spark under test, with some of its classes changed."""

    def __init__(self, **renames: tuple[str, str, str]) -> None:
        super().__init__(find_spark().jars)
        for of_class, name, instead in renames.values():
            whole = super().find(of_class)
            assert whole is not None
            self._read[of_class] = ClassFile(renamed(whole.data, name, instead))


def _compared(spark: SparkClasses, pyspark: PySpark | None = None) -> Comparison:
    return compare(read(_recorded()), spark, pyspark or PySpark(find_spark().home))


def test_nothing_is_told_of_the_spark_of_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:4] == ["missing: 0", "has another signature: 0", "new in what we extend: 0"]


def test_a_member_of_another_name_is_missing_and_new() -> None:
    found = _compared(_Doctored(rename=(_CONSUMER, "getUsed", "getUzed")))
    assert found.missing == ["org.apache.spark.memory.MemoryConsumer.getUsed(): long | HeldMemory"]
    assert found.new == ["org.apache.spark.memory.MemoryConsumer.getUzed"]
    assert found.changed == [] and not found.is_fine


def test_a_member_of_another_type_has_changed() -> None:
    sort = "org/apache/spark/util/collection/unsafe/sort"
    old, new = (f"L{sort}/{name};" for name in ("PrefixComparator", "PrefixComparer__"))
    found = _compared(_Doctored(rename=(_SORTER, old, new)))
    (told,) = found.changed
    assert "UnsafeExternalSorter.prefixComparator: util.collection.unsafe.sort.PrefixComp" in told
    assert "| reflected in HeldMemory\n" in told
    assert told.endswith("now prefixComparator: util.collection.unsafe.sort.PrefixComparer__")
    assert found.missing == found.new == [] and not found.is_fine


def test_a_body_that_changed_is_told_and_no_reason_to_fail() -> None:
    used = ("getExecutionMemoryUsageForTask", "getExecutionMemoryUsageForTusk")
    found = _compared(_Doctored(rename=(_MANAGER, *used)))
    of = "org.apache.spark.memory.TaskMemoryManager.getMemoryConsumptionForThisTask(): long"
    assert any(told.startswith(of) for told in found.bodies)
    assert found.is_fine


def test_a_class_that_moved() -> None:
    at, moved = "org.apache.spark.util.Clock", "org.apache.spark.moved.Clock"
    text = _recorded().replace(f"\n{at} |", f"\n{moved} |")
    found = compare(read(text), SparkClasses(find_spark().jars), PySpark(find_spark().home))
    (told,) = found.missing
    assert told.startswith(f"class {moved}; there is {at} | ")
    assert "ClockForSpark" in told


def test_names_that_are_gone() -> None:
    text = _recorded()
    for name in ("rpc\n  package", "storage.BlockInfoManager\n"):
        assert f"\norg.apache.spark.{name}" in text
        text = text.replace(f".{name}", f".other{name}")
    found = compare(read(text), SparkClasses(find_spark().jars), PySpark(find_spark().home))
    block = "storage.BlockInfoManager"
    assert found.missing == [
        "package org.apache.spark.otherrpc | named in Wait",
        f"class org.apache.spark.other{block}; there is org.apache.spark.{block} | "
        "named in Wait, watched for Wait",
    ]


def test_what_the_worker_takes_of_pyspark_otherwise_than_by_import(tmp_path: Path) -> None:
    """What it wraps, and what it looks up by its name, as PySpark 4.1 has it."""
    sources = {
        "__init__": "",
        "util": "def local_connect_and_auth(conn_info, auth_secret):\n    pass\n",
        "worker": "from pyspark.util import local_connect_and_auth\ndef main(infile): pass\n",
        "worker_util": "def add_path(path): pass\ndef setup_spark_files(infile): pass\n",
        "taskcontext": "class TaskContext:\n"
        "    @classmethod\n    def _setTaskContext(cls, taskContext): pass\n",
    }

    def listed(root: Path) -> Listing:
        (root / "pyspark").mkdir(parents=True)
        for module, source in sources.items():
            (root / "pyspark" / f"{module}.py").write_text(source)
        found = Listing("4.1.9")
        add_python(found, PySpark(root / "pyspark"))
        return found

    found = listed(tmp_path / "one").owners
    hashes = {
        name: found[module].members[name].body
        for module, name in (
            ("pyspark.worker", "local_connect_and_auth(conn_info, auth_secret)"),
            ("pyspark.worker_util", "add_path(path)"),
            ("pyspark.worker_util", "setup_spark_files(infile)"),
            ("pyspark.taskcontext", "TaskContext._setTaskContext(cls, taskContext)"),
        )
    }
    assert all(hashes.values())
    assert "worker" in found["pyspark"].members, "preload.py imports it by its name"
    # What another module has does something else now.
    sources["util"] = sources["util"].replace("pass", "return 1")
    connect = next(iter(hashes))
    other = listed(tmp_path / "other").owners["pyspark.worker"].members[connect].body
    assert other and other != hashes[connect]


def test_pyspark_without_what_we_use(tmp_path: Path) -> None:
    original = PySpark(find_spark().home).root
    copied = tmp_path / "python" / "pyspark"
    ignored = shutil.ignore_patterns("jars", "pandas", "ml", "mllib", "__pycache__", "examples")
    shutil.copytree(original, copied, ignore=ignored)
    daemon = copied / "daemon.py"
    text = daemon.read_text(encoding="utf-8")
    daemon.write_text(
        text.replace("def manager(", "def direct(").replace("def worker(", "def worker(more, "),
        encoding="utf-8",
    )
    found = _compared(SparkClasses(find_spark().jars), PySpark(tmp_path))
    assert found.missing == ["pyspark.daemon.manager() | worker/daemon.py"]
    (told,) = found.changed
    assert told.startswith("pyspark.daemon.worker(") and "now worker(more, " in told


_JAVA = """\
import java.util.function.IntSupplier;
class Sample {{
  {more}
  static int of(int n) {{ IntSupplier s = () -> help(n) + {number}; return s.getAsInt(); }}
  private static int help(int n) {{ return n > {limit} ? n : -n; }}
}}
"""


def test_a_body_is_its_lambdas_and_private_methods_but_not_the_pool(tmp_path: Path) -> None:
    javac = Path(find_java(find_spark())).with_name("javac")

    def hashed(name: str, more: str = "", number: int = 100_000, limit: int = 0) -> str:
        source = tmp_path / name / "Sample.java"
        source.parent.mkdir()
        source.write_text(_JAVA.format(more=more, number=number, limit=limit))
        subprocess.run([javac, "-d", source.parent, source], check=True)
        sample = ClassFile((source.parent / "Sample.class").read_bytes())
        (method,) = (each for each in sample.methods if each.name == "of")
        return body_hash(sample, method)

    plain = hashed("plain")
    # More than 255 constants have another instruction load those after them.
    texts = "".join(f'  static String t{n}() {{ return "text {n}"; }}\n' for n in range(300))
    other = "static Runnable first() { return () -> first(); }\n"
    assert hashed("pool", texts + other) == plain
    assert hashed("lambda", number=100_001) != plain
    assert hashed("private", limit=1) != plain
