"""Where Spark looks whether a task was killed: there, and nowhere else, a JVM task is suspended."""

from __future__ import annotations

import zipfile

from neptune_spark._start.spark_install import find_spark

LOOK = b"killTaskIfInterrupted"

#: Each was read, in Spark 4.3, for what is held by a thread that stands there.
KNOWN = {
    # The call itself, handed on.
    "org/apache/spark/TaskContext",
    "org/apache/spark/TaskContextImpl",
    "org/apache/spark/BarrierTaskContext",
    # On the task's own context, before and after its body: no gate.
    "org/apache/spark/executor/Executor$TaskRunner",
    # Between records of a source or of a shuffle.
    "org/apache/spark/InterruptibleIterator",
    "org/apache/spark/sql/execution/RangeExec",
    "org/apache/spark/sql/execution/datasources/FileScanRDD$$anon$1",
    # Between records of a block that is being written: its lock is held, see BlockedTaskGuard.
    "org/apache/spark/storage/memory/MemoryStore",
    # Between records of a sort or of its spill: see HeldMemory.
    "org/apache/spark/util/collection/unsafe/sort/UnsafeInMemorySorter$SortedIterator",
    "org/apache/spark/util/collection/unsafe/sort/UnsafeSorterSpillReader",
}


def test_no_yield_point_is_in_a_section_that_others_wait_for() -> None:
    found = set()
    for jar in find_spark().jars.glob("spark-*.jar"):
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                if name.endswith(".class") and LOOK in archive.read(name):
                    found.add(name[: -len(".class")])
    assert "org/apache/spark/InterruptibleIterator" in found
    assert found <= KNOWN, "read whether a thread that stands there holds what others wait for"
