"""The documents that arrive: files of them, made once for all runs, and let in by the clock."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from demo import feeder
from demo.events import arrival_offsets
from harness.program import BenchmarkError
from lda.corpora import Corpus, text
from unified.plan import Plan

SPOOL: Final = "spool"
PER_FILE: Final = 16
WARM_FILES: Final = 4


def file_name(number: int) -> str:
    """Return the name of a file of documents."""
    return f"documents-{number:05d}.json"


def count(plan: Plan) -> int:
    """Return how many files arrive while it is measured."""
    return max(1, round(plan.duration_s * plan.rate))


def write_files(corpus: Corpus, plan: Plan, directory: Path) -> None:
    """Write all files of a run, as JSON lines, of held-out documents, again and again if need be.

    The files of the warm-up come first.
    """
    directory.mkdir()
    number = 0
    for file in range(WARM_FILES + count(plan)):
        lines = []
        for _ in range(PER_FILE):
            document = corpus.held_out[number % len(corpus.held_out)]
            words = text(document, corpus.vocabulary)
            lines.append(json.dumps({"file": file, "document": number, "text": words}))
            number += 1
        (directory / file_name(file)).write_text("\n".join(lines) + "\n")


def read_file(path: Path) -> list[tuple[int, str]]:
    """Return the number and the text of each document in a file."""
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return [(document["document"], document["text"]) for document in found]


def due(plan: Plan, start: float) -> list[float]:
    """Return when each measured file is to arrive, in epoch seconds."""
    return [start + offset for offset in arrival_offsets(plan.seed, count(plan), 1 / plan.rate)]


class Feeder:
    """The separate process that moves files into the stream's directory at their times."""

    def __init__(
        self, spool: Path, landing: Path, first: int, times: Sequence[float], base: Path
    ) -> None:
        """Start it.

        Args:
            spool, landing: from where to where, on one file system.
            first: number of the first file; each next one is the next file's.
            times: when each is to arrive, in epoch seconds, ascending.
            base: a directory for its own files.
        """
        schedule, placed = base / f"feed-{first}.schedule", base / f"feed-{first}.placed"
        named = [[file_name(number), at] for number, at in enumerate(times, first)]
        schedule.write_text(json.dumps(named))
        words = [str(path) for path in (spool, landing, schedule, placed)]
        script = str(Path(feeder.__file__))
        self._process = subprocess.Popen([sys.executable, "-I", "-S", script, *words])

    def check(self) -> None:
        """Raise BenchmarkError if it has failed."""
        if self._process.poll():
            raise BenchmarkError(f"The documents' feeder failed with {self._process.returncode}.")

    def wait(self) -> None:
        """Wait until the last file has arrived.

        Raises:
            BenchmarkError: if the process failed.
        """
        self._process.wait()
        self.check()
