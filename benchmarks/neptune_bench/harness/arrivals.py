"""Files that arrive in a stream's directory at times of their own."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from neptune_bench.harness import feeder
from neptune_bench.harness.program import BenchmarkError


def arrival_offsets(seed: int, files: int, interval_s: float) -> list[float]:
    """Return when each file arrives, in seconds from the first slot, ascending.

    Each file has a slot of `interval_s` and arrives in the middle half of it, at random: arrivals
    must not keep step with the micro-batches.
    """
    source = random.Random(f"{seed}:arrivals")
    return [(slot + source.uniform(0.25, 0.75)) * interval_s for slot in range(files)]


class Feeder:
    """The separate process that moves files into the stream's directory at their times."""

    def __init__(
        self,
        name: str,
        spool: Path,
        landing: Path,
        schedule: Sequence[tuple[str, float]],
        base: Path,
    ) -> None:
        """Start it.

        Args:
            name: as an error names it.
            spool, landing: from where to where, on one file system.
            schedule: each file's name and when it is to arrive, in epoch seconds, ascending.
            base: path of its own files, to which suffixes are added.
        """
        self._name = name
        listed, self._placed = base.with_suffix(".schedule"), base.with_suffix(".placed")
        listed.write_text(json.dumps(schedule))
        words = [str(path) for path in (spool, landing, listed, self._placed)]
        script = str(Path(feeder.__file__))
        self._process = subprocess.Popen([sys.executable, "-I", "-S", script, *words])

    def check(self) -> None:
        """Raise BenchmarkError if it has failed."""
        if self._process.poll():
            raise BenchmarkError(f"{self._name} failed with {self._process.returncode}.")

    def wait(self) -> list[float]:
        """Wait for the last file and return the times at which files were placed (epoch s).

        Raises:
            BenchmarkError: if the process failed.
        """
        self._process.wait()
        self.check()
        return [float(at) for at in json.loads(self._placed.read_text())]
