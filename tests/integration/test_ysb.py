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

import pytest

from tests.conftest import RunProgram, started_program

pytestmark = pytest.mark.slow

CAMPAIGNS = 10
WINDOWS = 2


def bench(run_program: RunProgram, out: Path, *words: str) -> None:
    command = [sys.executable, "-m", "neptune_spark.cli", "bench", "ysb", "--quick", "--out", out]
    sizes = ["--duration", str(WINDOWS), "--window", "1", "--campaigns", str(CAMPAIGNS)]
    schedulers = ["--schedulers", "neptune-lma", "--scale", "0.05"]
    ran = run_program([*command, *sizes, *schedulers, *words], timeout_s=400)
    assert "counts of all runs are those of plain Python" in ran.stdout
    (run,) = json.loads((out / "result.json").read_text())["runs"]
    assert len(run["samples"]) == WINDOWS * CAMPAIGNS
    # The batch was checked, not only there.
    assert {name for name, _ in run["steps"]} & {"campaigns", "activity", "sessions"}
    assert "scores" in {name for name, _ in run["steps"]}


@pytest.mark.beyond_ci
def test_on_files(run_program: RunProgram, tmp_path: Path) -> None:
    bench(run_program, tmp_path)


@pytest.mark.skipif(
    shutil.which("redis-server") is None and "CI" not in os.environ,
    reason="install redis-server",
)
def test_with_kafka_and_redis(run_program: RunProgram, tmp_path: Path) -> None:
    bench(run_program, tmp_path, "--kafka", "--redis")


@pytest.mark.beyond_ci
def test_terminated_in_the_middle(tmp_path: Path) -> None:
    """A JVM, Python workers, the feeder, and Redis where it is installed: nothing is left."""
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
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=120)
    assert process.returncode == 143, "".join([*said, rest])
    assert rest.endswith("ysb: terminated\n")
