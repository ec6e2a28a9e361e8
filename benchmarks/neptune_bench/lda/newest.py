"""The newest model: a file that a trainer replaces, and the stream reads before each micro-batch.

A file, because the two sides may be two applications. Each scheduler has its own, as all runs share
the directory; a run begins with none, which means the model that was there before all runs.
"""

from __future__ import annotations

import os
import pickle
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neptune_bench.lda.special import Floats
from neptune_bench.unified.workload import Application

FIRST: Final = "first"
"""Version of the model that is there before all runs, and the stem of its file's name."""


@dataclass(frozen=True)
class Published:
    """A model: its version's name, and its lambda."""

    version: str
    lambda_: Floats


def first(data: Path) -> Path:
    """Return the file of the model that is there before all runs."""
    return data / f"{FIRST}.pickle"


def place(application: Application) -> Path:
    """Return the file of the newest model in an application's run."""
    return application.data / f"newest-{application.scheduler.name}.pickle"


def write(path: Path, model: Published) -> None:
    """Replace the model in `path`, in one act; several threads may."""
    part = path.with_suffix(f".{threading.get_ident()}.part")
    part.write_bytes(pickle.dumps(model))
    os.replace(part, path)


def read(path: Path) -> Published:
    """Return the model in `path`."""
    found: Published = pickle.loads(path.read_bytes())
    return found


class Newest:
    """Reads the newest model, and reads it again only when there is another."""

    def __init__(self, application: Application) -> None:
        """Begin with the model that is there before all runs."""
        self._path = place(application)
        self._path.unlink(missing_ok=True)
        self._seen: tuple[int, int] | None = None
        self._model = read(first(application.data))

    def get(self) -> Published:
        """Return the newest model; the same object as long as it is the same model."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return self._model
        if (stamp := (found.st_ino, found.st_mtime_ns)) != self._seen:
            # Another may come between; then it is read once more than it need be.
            self._seen, self._model = stamp, read(self._path)
        return self._model
