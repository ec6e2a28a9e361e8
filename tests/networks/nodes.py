"""Nodes for a standalone cluster, each with a network, and perhaps a clock, of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.standalone import Place
from tests.networks.links import DRIVER, WORKERS, Links

HERE = Path(__file__).parent


class Nodes:
    """The nodes' networks: who runs a program behind the words of one runs it there."""

    def __init__(self, places: dict[str, str], user: Sequence[str], control: Path) -> None:
        self._places = places
        self._user = user
        self.links = Links(control)

    def on(self, address: str, env: Mapping[str, str] | None = None) -> Place:
        """The node, for programs with so much more in their environment."""
        words = ["nsenter", *self._user, f"--net={self._places[address]}", "--"]
        return Place(address, words, env or {})


@contextmanager
def nodes(directory: Path) -> Iterator[Nodes]:
    """The driver's and the workers', joined by perfect links; skips where they can't be made."""
    for program in ("ip", "nsenter", "unshare"):
        if shutil.which(program) is None:
            pytest.skip(f"no program '{program}', which makes the nodes' networks")
    as_root = [] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user"]
    control = directory / "wire"
    words = [*as_root, sys.executable, HERE / "wire.py", control, DRIVER, *WORKERS]
    with subprocess.Popen(
        [str(word) for word in words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as wire:
        try:
            assert wire.stdout is not None and wire.stderr is not None
            if not (places := wire.stdout.readline()):
                *_, why = wire.stderr.read().splitlines()
                pytest.skip(f"no namespaces with a network of their own can be made here: {why}")
            space = [f"--user=/proc/{wire.pid}/ns/user", "--preserve-credentials"]
            yield Nodes(json.loads(places), space if as_root else [], control)
        finally:
            assert wire.stdin is not None
            wire.stdin.close()
            wire.kill()


def clock(directory: Path, offset_s: int) -> Mapping[str, str]:
    """The environment of programs whose clock is so much fast; skips where it can't be made."""
    library = directory / "clock.so"
    if not library.exists():
        compiler = shutil.which("cc")
        if compiler is None:
            pytest.skip("no C compiler, for what shifts a program's clock")
        words = ["-shared", "-fPIC", "-O2", "-o", library, HERE / "clock.c"]
        subprocess.run([compiler, *map(str, words)], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_OFFSET_S": str(offset_s)}
