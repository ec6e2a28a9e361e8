"""The documents that arrive: files of them, made once for all runs, and let in by the clock."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from neptune_bench.harness import arrivals
from neptune_bench.lda.corpora import Corpus, text
from neptune_bench.unified.plan import Plan

SPOOL: Final = "spool"
PER_FILE: Final = 16
WARM_FILES: Final = 4


def file_name(number: int) -> str:
    """Return the name of a file of documents."""
    return f"documents-{number:05d}.json"


def count(plan: Plan) -> int:
    """Return how many files arrive after those of the warm-up, one after the other."""
    return max(1, round(plan.stream_s * plan.rate))


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
    """Return when each of them is to arrive, in epoch seconds."""
    offsets = arrivals.arrival_offsets(plan.seed, count(plan), 1 / plan.rate)
    return [start + offset for offset in offsets]


def feeder(
    spool: Path, landing: Path, first: int, times: Sequence[float], base: Path
) -> arrivals.Feeder:
    """Start the process that moves files into the stream's directory at their times.

    Args:
        spool, landing: from where to where, on one file system.
        first: number of the first file; each next one is the next file's.
        times: when each is to arrive, in epoch seconds, ascending.
        base: a directory for its own files.
    """
    schedule = [(file_name(number), at) for number, at in enumerate(times, first)]
    return arrivals.Feeder(
        "The documents' feeder", spool, landing, schedule, base / f"feed-{first}"
    )
