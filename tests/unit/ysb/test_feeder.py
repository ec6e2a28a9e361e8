"""Chunks arrive whole and in order, and not before their time."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from neptune_bench.ysb.events import TICK_MS, Log, chunk_name
from neptune_bench.ysb.feeder import feed

LOG = Log(seed=3, campaigns=4, per_chunk=5, first=-2, end=3)


def test_each_chunk_arrives_when_its_time_is_over(tmp_path: Path) -> None:
    arrived: list[tuple[str, float]] = []
    start = time.time() - TICK_MS / 1000
    feed(tmp_path, lambda chunk: arrived.append((chunk.name, time.time())), 0, 3, start)
    assert [name for name, _ in arrived] == [chunk_name(number) for number in range(3)]
    for number, (_, at) in enumerate(arrived):
        assert at >= start + (number + 1) * TICK_MS / 1000


def test_the_program_waits_for_the_start_and_leaves_whole_files(tmp_path: Path) -> None:
    spool, landing = tmp_path / "spool", tmp_path / "landing"
    LOG.write(spool)
    landing.mkdir()
    command = [sys.executable, "-m", "neptune_bench.ysb.feeder", str(spool), str(landing), "0", "3"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert not list(landing.iterdir())
        process.communicate("0.0\n")
    assert process.returncode == 0
    assert {path.name for path in landing.iterdir()} == {chunk_name(n) for n in range(3)}
    for path in landing.iterdir():
        assert path.read_bytes() == (spool / path.name).read_bytes()
