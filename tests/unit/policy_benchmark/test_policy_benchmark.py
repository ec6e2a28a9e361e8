"""The comparison of policies: its workloads, and what becomes of its measurements."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from neptune_bench.compare.figures import figures
from neptune_bench.harness.record import decoded
from neptune_bench.policies import __main__ as program
from neptune_bench.policies import report, workload
from neptune_bench.policies.plan import CACHED, KINDS, QUICK, SCENARIOS, SORT, Plan
from neptune_bench.policies.report import Cell, Result
from neptune_bench.scale.workload import ANYWHERE, HIGH, LOW

OVER = {"lma": 1.5, "lb": 3.0, "random": 2.0}


def result() -> Result:
    plan = dataclasses.replace(QUICK, policies=tuple(OVER))
    cells = [
        Cell(load, policy, (over, 2 * over), {"suspensions": number})
        for load in report.LOADS
        for policy, over in OVER.items()
        for number in (1.0, 2.0)
    ]
    return Result(plan, {"cpus": 2}, {"spark": "4.3.0"}, 0.5, tuple(cells))


def test_scenarios_differ_only_in_what_they_say() -> None:
    made = {name: workload.pressed(QUICK, name, 7) for name in SCENARIOS}
    assert made["both"] == workload.pressed(QUICK, "both", 7) != workload.pressed(QUICK, "both", 8)
    stages = {
        name: [(job.priority, stage) for job in jobs.jobs for stage in job.stages]
        for name, jobs in made.items()
    }
    durations = {n: [stage.durations_us for _, stage in found] for n, found in stages.items()}
    assert all(found == durations["both"] for found in durations.values())
    for name, found in stages.items():
        cached = {p for p, stage in found if any(c != ANYWHERE for c in stage.cached_on)}
        assert cached == ({HIGH} if name in ("locality", "both") else set())
        needs = {p for p, stage in found if any(stage.memory_mb)}
        assert needs == ({HIGH, LOW} if name in ("memory", "both") else set())


def test_tables_and_bars() -> None:
    text = report.rendered(result())
    # Twice 1.5 and 3.0, and 1 or 2 suspensions.
    assert "| lma    | 2.25 | 1.50 | 3.00 | 3.00 |        1.50 |" in text
    bars = report.bars(result())
    assert len(bars) == 2 * len(SCENARIOS) + len(KINDS)
    assert bars[:2] == [
        ("balance: mean time under lb at most that under random", "1.50", False),
        ("balance: mean time under lma at most that under lb", "0.50", True),
    ]


def test_the_command_line_changes_the_plan() -> None:
    words = ["--quick", "--schedulers", "lb,random", "--repeat", "3", "--duration", "9"]
    plan = program.COMMAND.plan_of(program.COMMAND.parser().parse_args(words))
    assert (plan.policies, plan.workloads, plan.duration_s) == (("lb", "random"), 3, 9)
    assert (plan.executors, plan.requests) == (QUICK.executors, QUICK.requests)
    assert program.COMMAND.plan_of(program.COMMAND.parser().parse_args([])) == Plan()


def test_what_is_written_can_be_read_and_drawn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(program, "measure", lambda plan: result())
    assert program.main(["--out", str(tmp_path)]) == 0
    assert (tmp_path / "policies.png").read_bytes().startswith(b"\x89PNG")
    written = json.loads((tmp_path / "result.json").read_text())
    assert report.rendered(decoded(Result, written)) == report.rendered(result())
    names = [figure.name for figure in figures(written)]
    assert f"{SORT}, lma: time over alone" in names and f"{CACHED}, lb: time over alone" in names
