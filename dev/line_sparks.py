"""The newest Spark of every supported line, on this machine: `python -m dev.line_sparks`.

Prints their homes, one a line. They are those of the environments that `make test` and `make smoke`
made, and otherwise the jars of PySparks, which are fetched once (some 430 MB each) and kept.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

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
    wanted = f"pyspark=={line.newest}"
    print(f"fetching {wanted} (once) ...", file=sys.stderr, flush=True)
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT, prefix=f"{line.newest}.tmp-") as name:
        work = Path(name)
        # Not installed: that would copy all of it again and again, for the jars alone.
        options = ["--quiet", "--no-deps", "--no-cache-dir", "--no-binary", "pyspark"]
        pip = [sys.executable, "-m", "pip", "download", *options, "--dest", name, wanted]
        subprocess.run(pip, check=True)
        (archive,) = work.glob("pyspark-*.tar.gz")
        jars = f"pyspark-{line.newest}/deps/jars/"
        with tarfile.open(archive) as packed:
            for member in packed:
                if member.isfile() and member.name.startswith(jars):
                    member.name = member.name[len(jars) :]
                    packed.extract(member, work / "home" / "jars", filter="data")
        return (work / "home").rename(KEPT / line.newest)


def main() -> None:
    """Print the homes, the oldest line first."""
    argparse.ArgumentParser(prog="python -m dev.line_sparks", description=__doc__).parse_args()
    for line in spark_lines().values():
        print(home(line))


if __name__ == "__main__":
    main()
