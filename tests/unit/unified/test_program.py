"""The command line, the order of the runs, the tables and the pictures."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified import command_line, figures, measuring, report, requests
from neptune_bench.unified import result as results
from neptune_bench.unified.plan import Places, Plan, divided
from neptune_bench.unified.runner import Go
from neptune_bench.unified.schedulers import SCHEDULERS
from neptune_bench.unified.workload import Answers, equal_steps
from tests.unit.unified.made_up import Nothing, result, runs

plots = pytest.importorskip("neptune_bench.unified.plots", exc_type=ImportError)


def plan_of(*words: str) -> Plan:
    workload = Nothing()
    return command_line.plan_of(workload, command_line.parser(workload).parse_args(words))


def test_the_command_line_changes_the_workloads_plan() -> None:
    plan = plan_of("--scale", "3", "--repeat", "2", "--schedulers", "fifo,alone,fifo")
    assert (plan.scale, plan.repeat, plan.schedulers) == (3.0, 2, ("fifo", "alone"))
    assert (plan.duration_s, plan_of("--quick").duration_s) == (10.0, 5.0)
    assert plan_of().schedulers == tuple(SCHEDULERS)
    assert plan_of("--colour", "red").options == {"colour": "red"}
    assert plan_of().master.startswith("local[")


def test_nonsense_is_refused() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="'lifo': choose from alone, batch-alone"):
        command_line.schedulers("lifo")


def test_each_round_has_all_schedulers_in_an_order_of_its_own() -> None:
    plan = plan_of()
    orders = [[s.name for s in measuring.order(plan, repeat)] for repeat in range(4)]
    assert all(sorted(names) == sorted(plan.schedulers) for names in orders)
    assert len(set(map(tuple, orders))) > 1
    assert orders[0] == [s.name for s in measuring.order(plan, 0)]


@pytest.mark.parametrize(
    ("master", "half"),
    [
        ("local[4]", "local[2]"),
        ("local-cluster[2,3,512]", "local-cluster[1,3,512]"),
        ("local-cluster[1,2,512]", "local-cluster[1,1,512]"),
    ],
)
def test_a_master_is_divided(master: str, half: str) -> None:
    assert divided(master, 2) == half
    assert divided(master, 1) == master


@pytest.mark.parametrize("master", ["local[3]", "local-cluster[1,1,512]", "spark://host:7077"])
def test_what_cant_be_divided_is_one_sentence(master: str) -> None:
    with pytest.raises(BenchmarkError, match="even number, or leave out the scheduler split"):
        divided(master, 2)


def test_plan_and_places_survive_their_files(tmp_path: Path) -> None:
    plan = plan_of("--colour", "red")
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == plan
    places = Places(*"abcdef")
    places.save(tmp_path / "places.json")
    assert Places.load(tmp_path / "places.json") == places


def test_all_applications_begin_when_the_last_is_ready(tmp_path: Path) -> None:
    go = Go(tmp_path / "go", 2)
    for number, stage in ((0, "starting"), (0, "ready"), (0, "ready"), (1, "starting")):
        go.heard(number, {"stage": stage})
    assert not (tmp_path / "go").exists()
    go.heard(1, {"stage": "ready"})
    assert float((tmp_path / "go").read_text()) == go.start > 0


def test_requests_come_at_random_but_the_same_in_each_run() -> None:
    times = requests.arrivals(7, 5.0, 100.0)
    assert times == sorted(times) == requests.arrivals(7, 5.0, 100.0)
    assert times[0] >= 0 and times[-1] < 100.0
    assert 400 < len(times) < 600
    assert len(requests.arrivals(7, 0.001, 1.0)) == 1
    assert [int(at * 2) for at in requests.slots(7, 2.0, 10.0)] == list(range(20))


def test_steps_of_one_name_must_have_one_answer() -> None:
    first = Answers("fifo (repeat 1)", None, {"q1": [[[1, 2.0]], [[1, 2.0 + 1e-12]]]})
    equal_steps([first, Answers("fair (repeat 1)", None, {"q1": [[[1, 2.0]]], "q2": [[]]})])
    with pytest.raises(BenchmarkError, match=r"q1 .*fifo .* fair"):
        equal_steps([first, Answers("fair (repeat 1)", None, {"q1": [[[2, 2.0]]]})])


def test_the_tables_judge_the_bars() -> None:
    found = result(runs())
    rows = [line.split("|") for line in report.rendered(found).splitlines()]
    cells = [cell.strip() for cell in next(row for row in rows if " Neptune, LMA " in row)]
    assert cells[2:7] == ["105", "220", "220", "1.05", "1.10"]
    judged = {bar: met for bar, _, met in report.bars(figures.rows(found.runs))}
    assert judged["Neptune, LMA: p50 at most 1.1 x the stream alone"]
    assert judged["Neptune, LMA: p99 at least 3 x lower than fifo"]
    assert judged["Neptune, LMA: nothing thrown away"]
    assert not any("split" in bar for bar in judged)


def test_the_result_has_every_sample(tmp_path: Path) -> None:
    results.write(tmp_path / "result.json", result(runs()))
    found = json.loads((tmp_path / "result.json").read_text())
    assert {"benchmark", "machine", "versions", "settings", "table"} <= set(found)
    assert found["runs"][0]["samples"] == [[0.0, 100.0], [1.0, 200.0]]
    assert found["runs"][3]["scheduler"] == "neptune-lma"


@pytest.mark.parametrize("kept", [slice(0, 4), slice(0, 1), slice(1, 2)])
def test_the_pictures_are_written_of_whatever_ran(kept: slice, tmp_path: Path) -> None:
    made = runs()[kept]
    names = plots.draw(result(made), made, tmp_path)
    assert "timeline.png" in names
    assert ("latency.png" in names) == made[0].scheduler.has_stream
    for name in names:
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
