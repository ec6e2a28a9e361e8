"""Measures how long high jobs take beside a low one on each master, with Neptune and without it.

    .venv-4.3.0/bin/python -m tests.clusters.latency [--runs N] [MASTER]

Prints the table of docs/yarn.md and docs/kubernetes.md, and on stderr what each application said
and the load of the machine at its start.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.beds.bed import Bed
from dev.beds.kubernetes.cluster import kubernetes
from dev.beds.yarn import yarn
from neptune_bench.harness.program import run
from tests.clusters.driving import Driving

#: Cores of all executors, and processor seconds of a low task.
CORES, LOW_TASK_S = "2", "8"
STOCK = {"spark.plugins": ""}


@dataclass
class Row:
    """A master in one mode, and what the applications on it said."""

    name: str
    cluster: bool
    settings: Mapping[str, str] = field(default_factory=dict)
    stock: list[dict[str, Any]] = field(default_factory=list)
    plugin: list[dict[str, Any]] = field(default_factory=list)

    def measure(self, bed: Bed) -> None:
        for kind, answers in (({}, self.plugin), (STOCK, self.stock)):
            with tempfile.TemporaryDirectory() as directory:
                driving = Driving(bed, self.cluster, _run, Path(directory))
                load = os.getloadavg()[0]
                settings = {**self.settings, **kind}
                said = driving.answers("latency.py", CORES, LOW_TASK_S, settings=settings)
                answers.append({**said, "load": load})
                which = "plugin" if answers is self.plugin else "stock"
                print(f"{self.name}, {which}, load {load:.1f}: {said}", file=sys.stderr, flush=True)

    def line(self) -> str:
        # On stock Spark the low job is over when the first high one has run.
        first = _span([said["first_s"] for said in self.stock])
        soon = _span([said["first_s"] for said in self.plugin])
        then = [took for said in self.plugin for took in said["then_s"]]
        typical = f"{statistics.median(then):.2f} s ({min(then):.2f} to {max(then):.2f} s)"
        loads = [said["load"] for said in (*self.stock, *self.plugin)]
        load = f"{min(loads):.0f} to {max(loads):.0f}"
        return f"| {self.name} | {first} | {soon} | {typical} | {load} |"


ON_YARN = (Row("YARN, client", False), Row("YARN, cluster", True))
ON_KUBERNETES = (
    Row("Kubernetes, client", False),
    Row("Kubernetes, cluster", True),
    Row(
        f"Kubernetes, `spark.kubernetes.driver.master=local[{CORES}]`",
        True,
        {"spark.kubernetes.driver.master": f"local[{CORES}]"},
    ),
)


def _span(values_s: Sequence[float]) -> str:
    low, high = min(values_s), max(values_s)
    return f"{low:.2f} s" if low == high else f"{low:.2f} to {high:.2f} s"


def _run(
    words: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        cwd=cwd,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=timeout_s,
        text=True,
        check=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.clusters.latency")
    parser.add_argument("--runs", type=int, default=1, help="of each application (default: 1)")
    parser.add_argument("master", nargs="?", default="", help="only those named so, e.g. YARN")
    options = parser.parse_args()
    # Which make JVMs of tests start sooner, and run slower.
    for name in ("SPARK_SUBMIT_OPTS", "SPARK_LAUNCHER_OPTS"):
        os.environ.pop(name, None)

    def act() -> None:
        done = []
        for start, rows in ((yarn, ON_YARN), (kubernetes, ON_KUBERNETES)):
            wanted = [row for row in rows if options.master in row.name]
            if wanted:
                with start() as bed:
                    for _ in range(options.runs):
                        for row in wanted:
                            row.measure(bed)
            done += wanted
        print("| master | stock, first | with Neptune, first | with Neptune, then | load |")
        print("|---|---|---|---|---|")
        for row in done:
            print(row.line())

    return run(parser.prog, act)


if __name__ == "__main__":
    sys.exit(main())
