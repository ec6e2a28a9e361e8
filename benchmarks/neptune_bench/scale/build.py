"""The simulator's jar: compiled when it is first needed, then kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from neptune_bench.harness import toolchain
from neptune_bench.harness.program import BenchmarkError
from neptune_spark import NeptuneError, find_jar

SOURCES = Path(__file__).parent / "scala"


def class_path() -> list[Path]:
    """Return the jars that the simulator needs beside Spark's: its own, and Neptune's.

    Raises:
        BenchmarkError: if one cannot be built.
    """
    try:
        neptune = find_jar()
        # A change of Neptune's sources, the Spark version or the flags changes that jar's name.
        ours = neptune_cache() / f"simulator-{_hash()}-{neptune.stem}.jar"
        if not ours.exists():
            _build(ours, neptune)
    except (NeptuneError, OSError) as error:
        raise BenchmarkError(f"The simulator cannot be built: {error}") from error
    return [ours, neptune]


def joined_class_path() -> str:
    """Return the same as a class path's text."""
    return os.pathsep.join(map(str, class_path()))


def neptune_cache() -> Path:
    """Return the directory of compiled jars; made if need be."""
    directory = toolchain.cache_directory()
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _sources() -> list[Path]:
    return sorted(SOURCES.rglob("*.scala"))


def _hash() -> str:
    digest = hashlib.sha256()
    for file in _sources():
        digest.update(f"\0{file.relative_to(SOURCES)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _build(jar: Path, neptune: Path) -> None:
    spark = toolchain.find_spark()
    java = toolchain.find_java(spark)
    # Beside the jar, so that the last step is a rename: all or nothing.
    with tempfile.TemporaryDirectory(dir=jar.parent, prefix=f"{jar.stem}.tmp-") as work:
        classes = Path(work) / "classes"
        problem = toolchain.compile_scala(spark, _sources(), classes, [neptune])
        if problem is not None:
            raise BenchmarkError(f"The simulator does not compile with {java}:\n{problem}")
        made = Path(work) / "simulator.jar"
        toolchain.pack(made, toolchain.classes_in(classes))
        os.replace(made, jar)
