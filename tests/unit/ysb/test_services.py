"""What is missing is said in a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.ysb import services


def test_no_redis_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(
        BenchmarkError, match="apt-get install redis-server"
    ), services.running_redis(tmp_path):
        pass


def test_no_python_package() -> None:
    with pytest.raises(BenchmarkError, match=r"--kafka needs .* -m pip install not-there"):
        services.require("no_such_module", "not-there", "--kafka")
