"""What lives in a JVM: how many objects of each class, after full collections."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from pyspark.sql import SparkSession

from neptune_bench.harness.program import BenchmarkError

OWN: Final = re.compile(r"\bneptune\.")
"""In the names of our classes."""
LOOKS: Final = 6
STEADY: Final = 0.999
_ROW: Final = re.compile(r" *\d+: +(\d+) +(\d+) +(\S+)")
_ENTRIES: Final = re.compile(r"Number of entries *: *(\d+)")
# Each has a number of its own, which differs from run to run.
_NUMBERED: Final = re.compile(r"(\$\$Lambda|LambdaForm\$\w+|Accessor|\$Proxy)[\d$/].*")


@dataclass(frozen=True)
class Heap:
    """What lives.

    Args:
        objects: how many, by class.
        size: of all together, in bytes.
    """

    objects: Counter[str]
    size: int

    @property
    def own(self) -> int:
        """How many are of our classes."""
        return sum(count for name, count in self.objects.items() if OWN.search(name))


def live(pid: int) -> Heap:
    """Return what lives in a JVM of this user's after a full collection.

    Raises:
        BenchmarkError: if it can't be asked.
    """
    answer = _ask(pid, "GC.class_histogram")
    objects: Counter[str] = Counter()
    size = 0
    for count, volume, name in _ROW.findall(answer):
        objects[_NUMBERED.sub(r"\1", name)] += int(count)
        size += int(volume)
    if not objects:
        raise BenchmarkError(f"jcmd said of process {pid}: {answer}")
    return Heap(objects, size)


def interned(pid: int) -> int:
    """Return how many texts a JVM of this user's has interned, such as the literals of code.

    It interns these when it first runs the code, or compiles it, which may be late in its life.

    Raises:
        BenchmarkError: if it can't be asked.
    """
    answer = _ask(pid, "VM.stringtable")
    found = _ENTRIES.search(answer)
    if found is None:
        raise BenchmarkError(f"jcmd said of process {pid}: {answer}")
    return int(found[1])


def _ask(pid: int, command: str) -> str:
    beside = Path(psutil.Process(pid).exe()).with_name("jcmd")
    program = beside if beside.exists() else shutil.which("jcmd")
    if program is None:
        raise BenchmarkError(f"{beside} is missing: run Spark with the Java of a JDK.")
    # Quick to start: it says one word to the other JVM.
    quick = ["-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"]
    words = [program, *quick, str(pid), command]
    asked = subprocess.run(words, capture_output=True, text=True, check=False)
    return asked.stdout + asked.stderr


def settled(pid: int) -> Heap:
    """Return what still lives when no more is let go.

    A collection finds broadcasts and shuffles without users: Spark's cleaner then lets go of what
    only the next one can free (ContextCleaner, Spark 4.3.0).
    """
    found = live(pid)
    for _ in range(LOOKS):
        before, found = found, live(pid)
        if found.objects.total() > STEADY * before.objects.total():
            break
    return found


def driver_pid(spark: SparkSession) -> int:
    """Return the process of a session's JVM."""
    jvm: Any = spark.sparkContext._jvm
    # Java 8 has no other way to tell.
    runtime = jvm.java.lang.management.ManagementFactory.getRuntimeMXBean()
    return int(runtime.getName().partition("@")[0])
