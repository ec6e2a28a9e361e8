"""`neptune-spark demo`: the demonstration, which lives among the benchmarks."""

from __future__ import annotations

from neptune_spark.cli import _benchmarks

SUMMARY = "run streams and batch jobs under FIFO, FAIR and Neptune, and draw what happened"


def run(words: list[str]) -> int:
    """Run the demonstration with the given words.

    Parameters
    ----------
    words : list[str]
        The words after the command's name.

    Returns
    -------
    int
        The program's exit code.
    """
    return _benchmarks.start("demo", words)
