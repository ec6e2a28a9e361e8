"""Which Spark a jar starts in: the release it was built for, or what looks the same to it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Callable

import pytest
from py4j.java_gateway import JavaGateway
from py4j.protocol import Py4JJavaError

from dev.maven import lay
from neptune_spark import find_jar
from neptune_spark._start.lines import spark_lines
from neptune_spark._start.shim import BUILD_PROPERTIES, LINKAGE_RECORD, build_jar
from neptune_spark._start.spark_install import find_spark
from tests.doctored_spark import doctored_spark, made_final
from tests.jvm.plain_jvm import plain_jvm

#: A class and a method of Spark's that our scheduler calls, and what a vendor may call that.
SCHEDULER = "org/apache/spark/scheduler/TaskSchedulerImpl.class"
CALLED, RENAMED = b"getRackForHost", b"getRackForNode"

Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The jar of `make artifacts`."""
    spark = find_spark()
    return lay(tmp_path_factory.mktemp("maven"), spark_lines()[spark.line], spark)


def _changed(jar: Path, target: Path, changes: dict[str, Change]) -> Path:
    with zipfile.ZipFile(jar) as ours, zipfile.ZipFile(target, "w") as other:
        for name in ours.namelist():
            content = ours.read(name)
            other.writestr(name, changes[name](content) if name in changes else content)
    return target


def _built_for(version: str) -> dict[str, Change]:
    def named(content: bytes) -> bytes:
        return re.sub(rb"spark\.version=.*", f"spark.version={version}".encode(), content)

    return {BUILD_PROPERTIES: named}


def _refusal(*class_path: Path) -> str | None:
    """What the check says in a JVM with these before Spark's jars; None if it is content."""

    def verify(gateway: JavaGateway) -> str | None:
        try:
            gateway.jvm.org.apache.spark.neptune.BuildCheck.verify()
        except Py4JJavaError as e:
            return str(e.java_exception.getMessage())
        return None

    with plain_jvm(*class_path) as gateway:
        return verify(gateway)


def test_a_jar_with_a_record_starts_on_other_releases_of_its_line(
    artifact: Path, tmp_path: Path
) -> None:
    version = f"{find_spark().line}.99-vendor-1"
    jar = _changed(artifact, tmp_path / "other.jar", _built_for(version))
    assert _refusal(jar) is None


def test_a_jar_with_a_record_does_not_start_on_another_line(artifact: Path, tmp_path: Path) -> None:
    jar = _changed(artifact, tmp_path / "other.jar", _built_for("2.4.8"))
    said = _refusal(jar)
    assert said is not None
    running = find_spark().version
    assert said.startswith(
        f"The Neptune jar is built for Spark 2.4.8, but this is Spark {running};"
    )


def test_what_a_vendor_renamed_is_named(artifact: Path, tmp_path: Path) -> None:
    """Even if the version is the same."""
    core = next(find_spark().jars.glob("spark-core_*.jar"))
    with zipfile.ZipFile(core) as spark:
        theirs = spark.read(SCHEDULER)
    assert CALLED in theirs
    (tmp_path / SCHEDULER).parent.mkdir(parents=True)
    (tmp_path / SCHEDULER).write_bytes(theirs.replace(CALLED, RENAMED))
    said = _refusal(artifact, tmp_path)
    assert said is not None
    name = "org.apache.spark.scheduler.TaskSchedulerImpl.getRackForHost(java.lang.String)"
    assert f"in which {name} is missing" in said
    assert "'neptune-spark jar'" in said


def test_what_has_another_shape_is_named(artifact: Path, tmp_path: Path) -> None:
    def other_shape(record: bytes) -> bytes:
        lines = [
            line for line in record.splitlines() if b"TaskSchedulerImpl getRackForHost" in line
        ]
        return b"\n".join(line + b" and more" for line in lines)

    said = _refusal(_changed(artifact, tmp_path / "other.jar", {LINKAGE_RECORD: other_shape}))
    assert said is not None
    assert "TaskSchedulerImpl.getRackForHost(java.lang.String) is another" in said


@pytest.mark.beyond_ci
def test_a_vendors_build_of_the_same_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ready jar says that it does not fit; the one that is built then is taken, and fits."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    changed = "org/apache/spark/memory/TaskMemoryManager"
    home = doctored_spark(tmp_path / "spark", changed, made_final, vendor="")
    core = next((home / "jars").glob("spark-core_*.jar"))
    usual = find_jar()
    assert find_jar(home) == usual
    said = _refusal(usual, core)
    version = find_spark().version
    assert said is not None
    assert said.startswith(
        f"The Neptune jar is built for Spark {version}, but this is another build of it, in which "
        f"{changed.replace('/', '.')} is another; run 'neptune-spark jar' with --build "
    )
    built = build_jar(home)
    assert (find_jar(home), find_jar()) == (built, usual)
    assert _refusal(built, core) is None
    # And for the one that it was not built for, it does not fit.
    assert "TaskMemoryManager is another" in str(_refusal(built))


def test_a_record_has_the_checksums_of_this_build_alone(artifact: Path, tmp_path: Path) -> None:
    """What the checksums save: with them, nothing else of the record is looked at."""

    def nonsense(record: bytes) -> bytes:
        needs = b"Exists org/apache/spark/NoSuchClass\t0 \n"
        return needs + b"".join(
            line for line in record.splitlines(True) if line.startswith(b"ClassFile ")
        )

    def another_build(record: bytes) -> bytes:
        return re.sub(rb"(ClassFile .*SparkContext)\t.*", rb"\1\tabc", nonsense(record))

    jar = _changed(artifact, tmp_path / "this.jar", {LINKAGE_RECORD: nonsense})
    assert _refusal(jar) is None
    jar = _changed(artifact, tmp_path / "another.jar", {LINKAGE_RECORD: another_build})
    assert "org.apache.spark.NoSuchClass is missing" in str(_refusal(jar))
