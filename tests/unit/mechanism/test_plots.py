"""The picture can be drawn, of a full result and of a quick one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from neptune_bench.mechanism.plan import C_CALL, JVM
from tests.unit.mechanism.made_up import result

plots = pytest.importorskip("neptune_bench.mechanism.plots", exc_type=ImportError)


@pytest.mark.parametrize("is_full", [True, False])
def test_the_picture_is_written(is_full: bool, tmp_path: Path) -> None:
    made_up = result()
    if not is_full:
        few = [row for row in made_up.latencies if row.size_us in (0, 100) and row.variant != JVM]
        made_up = dataclasses.replace(
            made_up, latencies=few, worker_costs=made_up.worker_costs[:1], job_costs=[]
        )
        assert any(row.kind == C_CALL for row in few)
    plots.draw(made_up, tmp_path / "mechanism.png")
    assert (tmp_path / "mechanism.png").read_bytes().startswith(b"\x89PNG")


def test_ticks_are_read_by_people() -> None:
    assert [plots.tick(value) for value in (0.01, 0.1, 100.0)] == ["10 us", "0.1 ms", "100 ms"]
