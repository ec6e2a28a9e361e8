"""The lines of Spark that this package supports, and what each needs at least."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from neptune_spark._errors import ShimError, UnsupportedSpark
from neptune_spark._version import __version__

#: Where this package is installed; of its data, the Scala sources and ready jars may be below.
PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class SparkLine:
    """One line of Spark, such as all releases 4.3.x.

    Attributes
    ----------
    name : str
        The first two parts of its releases' versions, e.g. "4.3".
    newest : str
        The newest release that this package was tried with.
    scala : str
        The version of Scala that its PySpark carries, e.g. "2.13".
    java : int
        The oldest Java that it runs on, e.g. 17.
    python : str
        The oldest Python that it runs on, e.g. "3.11".
    """

    name: str
    newest: str
    scala: str
    java: int
    python: str

    def runs_on(self, python: Sequence[int]) -> bool:
        """Return whether a Python of this version, e.g. (3, 11), is new enough."""
        return tuple(python) >= tuple(map(int, self.python.split(".")))


def source_root() -> Path:
    """Return where the Scala sources are: in an installed package, or beside it in a checkout."""
    for root in (PACKAGE / "_jvm_shim", PACKAGE.parent / "jvm-shim"):
        if (root / "src" / "main" / "scala").is_dir():
            return root
    raise ShimError(f"neptune_spark in {PACKAGE} has no Scala sources: reinstall it from a wheel.")


def spark_lines(root: Path | None = None) -> dict[str, SparkLine]:
    """Return the supported lines by name, the oldest first.

    Parameters
    ----------
    root : Path | None, optional
        Where the Scala sources are; None for this package's own.
    """
    file = (root or source_root()) / "src" / "main" / "spark-lines.json"
    table = json.loads(file.read_text(encoding="utf-8"))
    return {name: SparkLine(name, **facts) for name, facts in table.items()}


def line_name(version: str) -> str:
    """Return the name of a version's line, e.g. "4.3" of "4.3.0"."""
    return ".".join(version.split(".")[:2])


def line_of(version: str, home: Path, root: Path | None = None) -> SparkLine:
    """Return the line of a Spark.

    Parameters
    ----------
    version : str
        Its version, e.g. "4.3.0".
    home : Path
        Where it is.
    root : Path | None, optional
        Where the Scala sources are; None for this package's own.

    Raises
    ------
    UnsupportedSpark
        When this package does not support it.
    """
    lines = spark_lines(root)
    name = line_name(version)
    if name not in lines:
        raise UnsupportedSpark(
            f"Spark {version} in {home} is not supported: neptune-spark "
            f"{__version__} supports Spark {', '.join(lines)}. Install one of those, or "
            "set SPARK_HOME to one."
        )
    return lines[name]
