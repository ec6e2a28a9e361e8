"""The plan's options, and what is refused before anything runs."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified import command_line
from neptune_bench.unified.plan import Plan
from neptune_bench.ysb.events import TICK_MS
from neptune_bench.ysb.stream import files, log_of
from neptune_bench.ysb.workload import WORKLOAD, window


def plan_of(*words: str) -> Plan:
    asked = command_line.command(WORKLOAD)
    return asked.plan_of(asked.parser().parse_args(words))


def test_options_are_in_the_plan() -> None:
    full, quick = plan_of(), plan_of("--quick", "--redis", "--window", "2", "--batch", "tpch")
    assert full.options["window"] == 10 and not full.options["kafka"]
    assert quick.options["redis"] and not quick.options["kafka"]
    assert (quick.options["window"], quick.options["batch"]) == (2, "tpch")


def test_the_log_has_the_rate_and_the_duration_of_the_plan(tmp_path: Path) -> None:
    log = log_of(plan_of("--rate", "2000", "--duration", "20", "--warm-up", "5"))
    assert log.per_chunk * 1000 / TICK_MS == 2000
    assert log.end * TICK_MS == 25_000
    assert log.first < 0
    arriving = files(log, tmp_path)
    assert (arriving.warm, len(arriving)) == (-log.first, log.end - log.first)
    # A chunk is delivered when its time is over.
    assert (arriving.times[0], arriving.times[-1]) == (TICK_MS / 1000, 25.0)


@pytest.mark.parametrize("text", ["0", "-1", "7", "100000"])
def test_windows_divide_the_day(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        window(text)


def test_at_least_one_window_is_complete(tmp_path: Path) -> None:
    plan = dataclasses.replace(plan_of("--quick"), duration_s=0.5)
    with pytest.raises(BenchmarkError, match="No window of 1 s"), WORKLOAD.prepare(
        plan, tmp_path, lambda _: None
    ):
        pass
