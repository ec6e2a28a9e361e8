"""Jars that can't be fetched are said in a sentence, and half of them are not kept."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from neptune_bench.harness import maven
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.ysb import jars


def test_no_maven_central(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def failed(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 1, "", "no route to host")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(maven, "java", lambda: "java")
    monkeypatch.setattr(subprocess, "run", failed)
    with pytest.raises(BenchmarkError, match=r"(?s)Maven Central: connect .*no route to host"):
        jars.broker()
    assert not (tmp_path / "neptune-spark" / "benchmarks" / f"kafka-{jars.KAFKA}").exists()
