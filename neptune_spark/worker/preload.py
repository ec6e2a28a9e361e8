"""Imports, while a worker awaits its first task, what that may need.

PySpark's daemon must not import pandas or pyarrow itself, because both start threads, which a fork
does not survive; so every worker imports them anew, when a task first needs them, for a second. The
executor keeps spare workers (`SpareWorkers`), which have that second.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Protocol

_HEAVY = ("pandas", "pyarrow")


class _Readable(Protocol):
    def fileno(self) -> int: ...


class Preloader(MetaPathFinder):
    """Imports what the workers of one daemon have needed so far. Make it before the first fork.

    What that is stands in pipes, one for each package: one that has something to read says that the
    package was needed. Nobody ever reads it, so that all processes see it, also those that wait.

    As a finder of modules it finds none, but sees what is imported for the first time.
    """

    def __init__(self) -> None:
        self._pipes = {name: os.pipe() for name in _HEAVY}
        # A task may bring modules of its own, by the application's files: not for other workers.
        self._paths = frozenset(sys.path)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Note that a heavy package is being imported; leave it to others to find it."""
        if fullname in self._pipes and self._is_everybodys(fullname):
            reader, writer = self._pipes[fullname]
            if not _readable(reader):
                os.write(writer, b"!")
        return None

    def _is_everybodys(self, name: str) -> bool:
        """Whether any worker of this daemon would import the same package."""
        spec = PathFinder.find_spec(name)
        file = None if spec is None else spec.origin
        return file is not None and str(Path(file).parents[1]) in self._paths

    def prepare(self, first_task: _Readable) -> None:
        """Wait for the first task, and import meanwhile what it may need.

        Parameters
        ----------
        first_task : _Readable
            Where it will come from.
        """
        _import("pyspark.worker")
        unknown = {reader: name for name, (reader, _) in self._pipes.items()}
        while unknown:
            ready = select.select([first_task.fileno(), *unknown], [], [])[0]
            if first_task.fileno() in ready:
                break
            # One at a time: the task may have come meanwhile.
            _import(unknown.pop(ready[0]))
        sys.meta_path.insert(0, self)


def _readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def _import(name: str) -> None:
    with contextlib.suppress(Exception):  # whoever needs it will say so
        importlib.import_module(name)
