"""The newest Spark of every supported line, on this machine: `python -m dev.line_sparks`.

Prints their homes, one a line. They are those of the environments that `make test` and `make smoke`
made, and otherwise the jars of PySparks, which are fetched once (some 430 MB each) and kept.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from dev.spark_members.releases import spark_home
from neptune_spark._start.lines import SparkLine, spark_lines

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "sparks"


def present(line: SparkLine) -> Path | None:
    """Return a home of a line's newest Spark if it is here."""
    environment = ROOT / f".venv-{line.newest}"
    # Where an environment is still being made, Spark's jars may not be complete.
    made = [environment] if (environment / ".ready").exists() else []
    homes = [home for e in made for home in e.glob("lib/python3.*/site-packages/pyspark")]
    return next((home for home in (*homes, KEPT / line.newest) if (home / "jars").is_dir()), None)


def home(line: SparkLine) -> Path:
    """Return a home of a line's newest Spark; fetch it if need be."""
    return present(line) or _fetched(line)


def _fetched(line: SparkLine) -> Path:
    print(f"fetching pyspark=={line.newest} (once) ...", file=sys.stderr, flush=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT, prefix=f"{line.newest}.tmp-") as name:
        kept = Path(name) / "home"
        kept.mkdir()
        with spark_home(line.newest) as fetched:
            shutil.move(fetched / "jars", kept / "jars")
        return kept.rename(KEPT / line.newest)


def main() -> None:
    """Print the homes, the oldest line first."""
    argparse.ArgumentParser(prog="python -m dev.line_sparks", description=__doc__).parse_args()
    for line in spark_lines().values():
        print(home(line))


if __name__ == "__main__":
    main()
