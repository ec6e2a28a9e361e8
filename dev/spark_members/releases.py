"""A release of PySpark that is not installed, fetched for a look at its jars and sources."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def spark_home(named: str) -> Iterator[Path]:
    """Give the root of a Spark that is named by its root, or by its version on PyPI.

    What is fetched is some 400 MB, and is deleted in the end.
    """
    if Path(named).is_dir():
        yield Path(named)
        return
    with tempfile.TemporaryDirectory(prefix="neptune-spark-members-") as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
        subprocess.run([*pip, "--dest", folder, f"pyspark=={named}"], check=True)
        (archive,) = Path(folder).glob("pyspark-*.tar.gz")
        home = Path(folder) / "home"
        with tarfile.open(archive) as packed:
            for member in packed:
                place = _place(member.name)
                content = packed.extractfile(member) if place and member.isfile() else None
                if content is not None:
                    (home / place).parent.mkdir(parents=True, exist_ok=True)
                    (home / place).write_bytes(content.read())
        archive.unlink()
        yield home


def _place(name: str) -> str:
    """Where a file of the archive goes, as a Spark's root has it; nowhere if it is of no use."""
    inside = name.partition("/")[2]
    if inside.startswith("deps/jars/"):
        return inside[len("deps/") :]
    return f"python/{inside}" if inside.startswith("pyspark/") and inside.endswith(".py") else ""
