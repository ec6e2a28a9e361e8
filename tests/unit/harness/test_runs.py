"""Data and event logs of a run."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from neptune_bench.harness import eventlog, tpch
from neptune_bench.harness.program import BenchmarkError


def test_a_missing_generator_names_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BenchmarkError, match="pip install tpchgen-cli"):
        tpch.generator()


def test_exactly_one_event_log_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="found 0"):
        eventlog.read(tmp_path)
    added = {"Event": "SparkListenerExecutorAdded", "Executor Info": {"Total Cores": 3}}
    (tmp_path / "local-1").write_text(f"{json.dumps(added)}\n")
    (tmp_path / ".local-1.crc").write_text("")
    assert eventlog.read(tmp_path).cores == 3
