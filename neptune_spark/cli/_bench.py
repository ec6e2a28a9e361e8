"""`neptune-spark bench`: one of the benchmarks."""

from __future__ import annotations

import sys
from typing import NamedTuple

from neptune_spark.cli import _benchmarks


class Benchmark(NamedTuple):
    """A package that can be run.

    Attributes
    ----------
    summary : str
        What it measures.
    needs : tuple[str, ...]
        What it needs beside the packages that all benchmarks need, by the names to import.
    """

    summary: str
    needs: tuple[str, ...] = ()


BENCHMARKS = {
    "mechanism": Benchmark("latency of suspending and resuming, and its cost when nobody suspends"),
    "path": Benchmark("the path of a preemption, instant by instant, and what each step takes"),
    "scale": Benchmark(
        "the scheduler on a simulated cluster of any size: latencies, decisions, offer rounds"
    ),
    "policies": Benchmark("where policies differ: locality, memory, suspended tasks that pile up"),
    "memory": Benchmark("what processes keep in memory after many tasks, beside stock Spark"),
    "tpch": Benchmark(
        "interactive queries beside long ones, under every scheduler; answers checked",
        ("duckdb", "duckdb_extension_tpch"),
    ),
    "ysb": Benchmark(
        "Yahoo Streaming Benchmark beside a batch, under every scheduler; answers checked",
        ("duckdb", "duckdb_extension_tpch"),
    ),
    "sweep": Benchmark("stream latency and batch throughput over the stream's share of the cores"),
    "realtime": Benchmark("real-time queries beside a batch: latency, and what the batch does"),
    "share": Benchmark(
        "users with long and short queries in one session: slow-down, fairness; answers checked",
        ("duckdb", "duckdb_extension_tpch"),
    ),
    "lda": Benchmark("documents are scored while topic models are trained; quality checked"),
    "report": Benchmark("one HTML page of the results in several directories", ("markdown_it",)),
    "compare": Benchmark("what has changed from one result to another, and whether it is noise"),
    "results": Benchmark("RESULTS.md and the README's table, of the results kept in a clone"),
}

SUMMARY = f"run a benchmark: bench {'|'.join(BENCHMARKS)} [options]"

_USAGE = f"usage: neptune-spark bench [-h] {{{','.join(BENCHMARKS)}}} ..."


def run(words: list[str]) -> int:
    """Run the benchmark that the first word names, with the others.

    Parameters
    ----------
    words : list[str]
        The words after the command's name.

    Returns
    -------
    int
        The benchmark's exit code; 2 where there is no such benchmark.
    """
    if words and words[0] in BENCHMARKS:
        return _benchmarks.start(words[0], words[1:], "bench", BENCHMARKS[words[0]].needs)
    if words and words[0] in ("-h", "--help"):
        lines = [f"  {name:12}{benchmark.summary}" for name, benchmark in BENCHMARKS.items()]
        print("\n".join([_USAGE, "", "benchmarks:", *lines]))
        return 0
    problem = f"there is no benchmark {words[0]!r}" if words else "name a benchmark"
    print(f"{_USAGE}\nneptune-spark bench: {problem}", file=sys.stderr)
    return 2
