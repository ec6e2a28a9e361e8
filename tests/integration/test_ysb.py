"""The Yahoo Streaming Benchmark, small: on files, and with a real Kafka and a real Redis.

The benchmark itself compares all counts, and the batch's answers, with what was computed without
Spark, and fails if one differs; nothing here looks at a time.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from neptune_bench.harness.program import WORDS
from tests.conftest import RunProgram, started_program

pytestmark = pytest.mark.slow

CAMPAIGNS = 10
WINDOWS = 2


def bench(run_program: RunProgram, out: Path, *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "neptune_spark.cli", "bench", "ysb", "--quick", "--out", out]
    sizes = ["--duration", str(WINDOWS), "--window", "1", "--campaigns", str(CAMPAIGNS)]
    sizes += ["--warm-up", "1"]
    schedulers = ["--schedulers", "neptune-lma", "--scale", "0.05"]
    ran = run_program([*command, *sizes, *schedulers, *words])
    assert "counts of all runs are those of plain Python" in ran.stdout
    found: dict[str, Any] = json.loads((out / "result.json").read_text())
    (run,) = found["runs"]
    # Of the windows of the warm-up, the last is due when what counts begins.
    assert len(run["samples"]) == (1 + WINDOWS) * CAMPAIGNS
    assert not run["first_samples"]
    # The batch was checked, not only there.
    assert {name for name, _ in run["steps"]} & {"campaigns", "activity", "sessions"}
    assert "scores" in {name for name, _ in run["steps"]}
    return found


@pytest.mark.beyond_ci
def test_on_files(run_program: RunProgram, tmp_path: Path) -> None:
    found = bench(run_program, tmp_path, "--layout", "local")
    assert found["settings"]["layout"] == "local"


@pytest.mark.skipif(
    shutil.which("redis-server") is None and "CI" not in os.environ,
    reason="install redis-server",
)
def test_with_kafka_and_redis(run_program: RunProgram, tmp_path: Path) -> None:
    found = bench(run_program, tmp_path, "--kafka", "--redis")
    settings, (run,) = found["settings"], found["runs"]
    usable = os.sched_getaffinity(0)
    if len(usable) > 1:
        # A real master, and a worker with a core for each processor that is not the driver's.
        assert settings["layout"] == "cluster" and settings["master"] == ""
        assert "the Kafka broker and Redis on processor" in (tmp_path / "table.md").read_text()
        assert run["cores"] == len(settings["worker_processors"])
        assert {*settings["driver_processors"], *settings["worker_processors"]} == usable
        assert run["processor_s"] > 0 and run["driver_processor_s"] > 0


@pytest.mark.beyond_ci
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)]
)
def test_ended_in_the_middle(number: signal.Signals, status: int, tmp_path: Path) -> None:
    """The cluster, Python workers, the feeder, and Redis where it is installed: nothing is left."""
    command = [sys.executable, "-m", "neptune_spark.cli", "bench", "ysb", "--quick"]
    words = ["--out", str(tmp_path), "--schedulers", "neptune-lma", "--scale", "0.05"]
    if shutil.which("redis-server"):
        words.append("--redis")
    # Far longer than the test, which ends it by the signal only.
    with started_program([*command, *words, "--duration", "120"]) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if line.rstrip().endswith("%") and "running" in line:
                break
        process.send_signal(number)
        _, rest = process.communicate(timeout=120)
    assert process.returncode == status, "".join([*said, rest])
    if number != signal.SIGKILL:
        assert rest.endswith(f"ysb: {WORDS[number]}\n")
