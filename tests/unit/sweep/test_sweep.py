"""The demand sweep: its work, its plans, its table and its picture."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import pytest

from neptune_bench.sweep import __main__ as program
from neptune_bench.sweep import load, report
from neptune_bench.sweep.workload import SHARE, WORKLOAD, request_rows
from neptune_bench.unified.figures import Spread
from neptune_bench.unified.schedulers import BATCH_ALONE
from tests.unit.unified.made_up import result, runs

plots = pytest.importorskip("neptune_bench.sweep.plots", exc_type=ImportError)


@pytest.mark.parametrize("rows", [0, 1, load.PRIME - 1, load.PRIME, 5 * load.PRIME + 17])
def test_sums_are_known_in_advance(rows: int) -> None:
    assert load.expected(rows) == sum(n * load.FACTOR % load.PRIME for n in range(rows))


def test_shares_are_per_cents_in_order() -> None:
    assert program.shares("100,0,50") == (0.0, 0.5, 1.0)
    with pytest.raises(argparse.ArgumentTypeError, match="from 0 to 100"):
        program.shares("120")


def test_the_batch_alone_runs_once_and_nothing_else_without_a_stream() -> None:
    base = WORKLOAD.plan(quick=False)
    zero, half = program.plans(base, (0.0, 0.5))
    assert zero.schedulers == (BATCH_ALONE,)
    assert half.schedulers == tuple(name for name in base.schedulers if name != BATCH_ALONE)
    assert half.options == {SHARE: 0.5}
    only = dataclasses.replace(base, schedulers=("fifo",))
    assert [plan.options for plan in program.plans(only, (0.0, 0.5))] == [{SHARE: 0.5}]


def test_requests_need_the_share_of_all_cores() -> None:
    plan = dataclasses.replace(WORKLOAD.plan(quick=False), rate=2.0, options={SHARE: 0.5})
    assert request_rows(plan, cores=4, rows_per_core_s=1000.0) == 1000


def test_every_demand_is_compared_with_the_batch_alone(tmp_path: Path) -> None:
    everything = runs()
    found = []
    for share, kept in ((0.0, everything[1:2]), (0.5, [everything[0], *everything[2:]])):
        one = result(kept)
        found.append(
            dataclasses.replace(one, plan=dataclasses.replace(one.plan, options={SHARE: share}))
        )
    zero, half = report.points(found)
    assert [row.scheduler.name for row in zero.rows] == [BATCH_ALONE]
    assert zero.rows[0].throughput == Spread(1.0, 1.0, 1.0)
    assert [row.scheduler.name for row in half.rows] == ["alone", "fifo", "neptune-lma"]
    assert half.rows[2].throughput is not None
    text = report.rendered(found)
    assert "| 50%, Neptune, LMA" in text
    asked = {bar: (value, met) for bar, value, met in report.judged(found)}
    assert asked["Neptune, LMA: nothing thrown away"] == ("0.00 at 50%", True)
    assert "Neptune, LMA: nothing thrown away" in text and "above 80% are not judged" in text
    most = [
        dataclasses.replace(one, plan=dataclasses.replace(one.plan, options={SHARE: 1.0}))
        for one in found[1:]
    ]
    assert report.judged(most) == [] and "not judged" not in report.rendered(most)
    report.write(tmp_path / "result.json", found)
    assert len(json.loads((tmp_path / "result.json").read_text())["points"]) == 2
    (name,) = plots.draw([zero, half], tmp_path)
    assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
