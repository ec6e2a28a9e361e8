"""Files arrive whole and in order, and not before their time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from neptune_bench.harness.feeder import Feeder, feed
from neptune_bench.harness.program import BenchmarkError

NAMES = ("a", "b", "c")


def test_each_file_arrives_when_it_is_due(tmp_path: Path) -> None:
    arrived: list[tuple[str, float]] = []
    start = time.time() - 0.1
    schedule = [(name, 0.1 * number) for number, name in enumerate(NAMES, 1)]
    feed(tmp_path, lambda file: arrived.append((file.name, time.time())), schedule, start)
    assert [name for name, _ in arrived] == list(NAMES)
    assert all(at >= start + due for (_, at), (_, due) in zip(arrived, schedule, strict=True))


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """A directory with a file of each name, beside one where they are to arrive."""
    found = tmp_path / "spool"
    for directory in (found, tmp_path / "landing"):
        directory.mkdir()
    for name in NAMES:
        (found / name).write_text(f"{name}\n")
    return found


def test_the_process_waits_for_the_start_and_leaves_whole_files(
    spool: Path, tmp_path: Path
) -> None:
    landing = tmp_path / "landing"
    schedule = [(name, 0.0) for name in NAMES]
    feeder = Feeder(spool, str(landing), schedule, tmp_path / "schedule.json")
    feeder.wait_until_ready()
    feeder.check()
    assert not list(landing.iterdir())
    feeder.begin(time.time())
    feeder.wait()
    assert {path.name for path in landing.iterdir()} == set(NAMES)
    for path in landing.iterdir():
        assert path.read_bytes() == (spool / path.name).read_bytes()


def test_a_feeder_that_fails_is_one_sentence(spool: Path, tmp_path: Path) -> None:
    schedule = [("nothing", 0.0)]
    feeder = Feeder(spool, str(tmp_path / "landing"), schedule, tmp_path / "schedule.json")
    feeder.wait_until_ready()
    feeder.begin(time.time())
    with pytest.raises(BenchmarkError, match=r"feeder failed with 1\.$"):
        feeder.wait()
