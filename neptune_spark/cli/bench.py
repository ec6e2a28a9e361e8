"""`neptune-spark bench`: one of the benchmarks."""

from __future__ import annotations

import sys

from neptune_spark.cli import benchmarks

SUMMARY = "run a benchmark: bench mechanism|scale [options]"

#: The packages that can be run, and what each measures.
BENCHMARKS = {
    "lda": "topic models: documents are scored while models are trained on a corpus",
    "mechanism": "latency of suspending and resuming, and its cost when nobody suspends",
    "scale": "the scheduler on a simulated cluster of any size: latencies, decisions, offer rounds",
}

_USAGE = f"usage: neptune-spark bench [-h] {{{','.join(BENCHMARKS)}}} ..."


def run(words: list[str]) -> int:
    """Runs the benchmark that the first word names with the others; returns its exit code."""
    if words and words[0] in BENCHMARKS:
        return benchmarks.start(words[0], words[1:])
    if words and words[0] in ("-h", "--help"):
        lines = [f"  {name:12}{what}" for name, what in BENCHMARKS.items()]
        print("\n".join([_USAGE, "", "benchmarks:", *lines]))
        return 0
    problem = f"there is no benchmark {words[0]!r}" if words else "name a benchmark"
    print(f"{_USAGE}\nneptune-spark bench: {problem}", file=sys.stderr)
    return 2
