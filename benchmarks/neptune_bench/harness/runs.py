"""Where the files of a run are: a directory in memory, and the event log that it leaves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from neptune_bench.harness.program import BenchmarkError

MEMORY_DIRECTORY = Path("/dev/shm")
MEMORY_NEEDED_BYTES = 512 << 20


def memory_directory() -> str | None:
    """Return a directory in memory with room for a checkpoint, None if there is none."""
    usable = MEMORY_DIRECTORY.is_dir() and os.access(MEMORY_DIRECTORY, os.W_OK)
    if usable and shutil.disk_usage(MEMORY_DIRECTORY).free >= MEMORY_NEEDED_BYTES:
        return str(MEMORY_DIRECTORY)
    return None


def event_log_lines(directory: Path) -> list[str]:
    """Return the lines of the one event log in `directory`.

    Raises:
        BenchmarkError: if there is none, or more than one.
    """
    logs = [path for path in directory.iterdir() if path.is_file() and path.suffix != ".crc"]
    if len(logs) != 1:
        raise BenchmarkError(f"Expected one event log in {directory}, found {len(logs)}.")
    return logs[0].read_text().splitlines()
