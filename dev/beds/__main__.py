"""What `dev/with-yarn COMMAND...` and `dev/with-kubernetes COMMAND...` run."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from dev.beds.bed import Bed
from dev.beds.kubernetes.cluster import kubernetes
from dev.beds.yarn import yarn
from neptune_bench.harness.program import BenchmarkError, run, unbroken
from neptune_bench.harness.servers import stop
from neptune_spark import NeptuneError

_NOT_FOUND: Final = 127
"""What a shell says of a command that is not there."""


_BEDS: Final[dict[str, Callable[..., AbstractContextManager[Bed]]]] = {
    "kubernetes": kubernetes,
    "yarn": yarn,
}


def main(words: Sequence[str]) -> int:
    """Run a command with a bed, and return its exit status, or why there is none."""
    kind, *rest = words
    name = f"dev/with-{kind}"
    options = _parser(name).parse_args(rest)
    statuses: list[int] = []

    def act() -> None:
        print(f"{name}: starting ...", file=sys.stderr, flush=True)
        try:
            with _BEDS[kind](cores_per_node=options.cores, logs=options.logs) as bed:
                print(f"{name}: NEPTUNE_MASTER={bed.master}", file=sys.stderr, flush=True)
                statuses.append(_status([options.command, *options.words], bed))
        except NeptuneError as error:
            raise BenchmarkError(str(error)) from error

    return run(name, act) or statuses[0]


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=name,
        description="Starts a cluster of two nodes on this machine, runs a command that finds it "
        "as Spark's master, takes the cluster down with all that runs on it, and ends as the "
        "command did.",
    )
    parser.add_argument(
        "--cores", type=int, default=4, help="cores of each node, real or not (default: 4)"
    )
    parser.add_argument(
        "--logs", type=Path, metavar="DIR", help="keep there what executors and drivers wrote"
    )
    parser.add_argument("command", help="for example spark-submit")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="its arguments")
    return parser


def _status(command: Sequence[str], bed: Bed) -> int:
    """Run a command, and return its exit status as a shell would tell it."""
    with contextlib.ExitStack() as stack:
        try:
            with unbroken():
                # In our process group, since the terminal is the command's.
                process = subprocess.Popen(command, env={**os.environ, **bed.environment})
                stack.callback(stop, process)
        except OSError as error:
            print(f"{command[0]}: {error.strerror}", file=sys.stderr)
            return _NOT_FOUND
        status = process.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
