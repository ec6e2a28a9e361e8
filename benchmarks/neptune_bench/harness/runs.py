"""A directory in memory for the files of a run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEMORY_DIRECTORY = Path("/dev/shm")
MEMORY_NEEDED_BYTES = 512 << 20


def memory_directory() -> str | None:
    """Return a directory in memory with room for a checkpoint, None if there is none."""
    usable = MEMORY_DIRECTORY.is_dir() and os.access(MEMORY_DIRECTORY, os.W_OK)
    if usable and shutil.disk_usage(MEMORY_DIRECTORY).free >= MEMORY_NEEDED_BYTES:
        return str(MEMORY_DIRECTORY)
    return None
