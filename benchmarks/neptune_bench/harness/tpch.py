"""TPC-H data: made by ``tpchgen-cli``, the console script of the package of that name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from neptune_bench.harness.program import BenchmarkError, missing


def generator() -> str:
    """Return the path of ``tpchgen-cli``: this interpreter's own, else the one on PATH.

    Raises:
        BenchmarkError: if there is none.
    """
    own = Path(sys.executable).parent / "tpchgen-cli"
    found = str(own) if own.exists() else shutil.which("tpchgen-cli")
    if found is None:
        raise missing(f"tpchgen-cli is not installed for {sys.executable}", "tpchgen-cli")
    return found


def generate(scale: float, parts: int, tables: Sequence[str], directory: Path) -> None:
    """Write TPC-H tables as Parquet, one sub-directory per table.

    Args:
        scale: scale factor; 1 is about 310 MB of Parquet.
        parts: files per table (the two smallest tables always have one).
        tables: which of the eight tables.
        directory: where to; made if need be.

    Raises:
        BenchmarkError: if the generator is missing or fails, with its last line.
    """
    command = [generator(), "parquet", "-s", f"{scale:g}", "-p", str(parts), "-q"]
    command += ["-T", ",".join(tables), "-o", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise BenchmarkError(f"{' '.join(command)} failed with {done.returncode}: {lines[-1]}")
