"""The command line, the order of the runs, the tables and the pictures."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from neptune_bench.harness import processors
from neptune_bench.harness.layout import CLUSTER, LOCAL
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified import bars, command_line, figures, measuring, report, requests
from neptune_bench.unified import result as results
from neptune_bench.unified.plan import Plan, divided, shared
from neptune_bench.unified.runner import Go
from neptune_bench.unified.schedulers import SCHEDULERS
from neptune_bench.unified.workload import QUERY, REQUESTS, Answers, check_groups, equal_steps
from tests.unit.unified.made_up import Nothing, measured, result, run, runs

plots = pytest.importorskip("neptune_bench.unified.plots", exc_type=ImportError)


def plan_of(*words: str) -> Plan:
    asked = command_line.command(Nothing())
    return asked.plan_of(asked.parser().parse_args(words))


def test_the_command_line_changes_the_workloads_plan() -> None:
    plan = plan_of("--scale", "3", "--repeat", "2", "--schedulers", "fifo,alone,fifo")
    assert (plan.scale, plan.repeat, plan.schedulers) == (3.0, 2, ("fifo", "alone"))
    assert (plan.duration_s, plan_of("--quick").duration_s) == (10.0, 5.0)
    assert plan_of("--layout", "local").schedulers == tuple(SCHEDULERS)
    assert plan_of("--colour", "red").options == {"colour": "red"}
    assert plan_of("--warm-up", "0").warm_s == 0.0
    assert plan_of("--warm-up", "2").stream_s == 12.0


def test_an_odd_worker_is_not_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processors, "usable", lambda: {0, 1})
    plan = plan_of()
    assert set(SCHEDULERS) - set(plan.schedulers) == {"split"}
    assert report.left_out(plan)
    assert shared(plan, 1)["spark.cores.max"] == "1"
    asked = plan_of("--schedulers", "split")
    with pytest.raises(BenchmarkError, match=r"worker's 1 core into 2 .* use --layout local\.$"):
        shared(asked, 2)
    monkeypatch.setattr(processors, "usable", lambda: {0, 1, 2, 3})
    even = plan_of()
    assert "split" in even.schedulers and not report.left_out(even)
    assert shared(even, 2)["spark.cores.max"] == "1"


def test_nonsense_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        plan_of("--schedulers", "lifo")
    assert "'lifo': choose from alone, batch-alone" in capsys.readouterr().err


def test_each_round_has_all_schedulers_in_an_order_of_its_own() -> None:
    plan = plan_of()
    orders = [measuring.order(plan, repeat) for repeat in range(4)]
    assert all(sorted(names) == sorted(plan.schedulers) for names in orders)
    assert len(set(map(tuple, orders))) > 1
    assert orders[0] == measuring.order(plan, 0)


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


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    plan = plan_of("--colour", "red")
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json") == plan


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


def test_wrong_groups_are_named() -> None:
    want = {("campaign-1", 1000): (5,), ("campaign-2", 1000): (7,)}

    def ran(*rows: tuple[str, int, int]) -> Answers:
        return Answers("fifo (repeat 1)", [list(row) for row in rows], {})

    check_groups(ran(("campaign-2", 1000, 7), ("campaign-1", 1000, 5)), want)
    with pytest.raises(BenchmarkError, match=r"run fifo .* has None for \('campaign-2', 1000\)"):
        check_groups(ran(("campaign-1", 1000, 5)), want)
    with pytest.raises(BenchmarkError, match=r"has \(6,\) for .*-1.* plain Python counts \(5,\)"):
        check_groups(ran(("campaign-1", 1000, 6), ("campaign-2", 1000, 7)), want)
    more = [("campaign-1", 1000, 5), ("campaign-1", 2000, 1), ("campaign-2", 1000, 7)]
    with pytest.raises(BenchmarkError, match=r"2000\), where plain Python counts None"):
        check_groups(ran(*more), want)


def test_the_tables_judge_the_bars() -> None:
    found = result(runs())
    rows = [line.split("|") for line in report.rendered(found).splitlines()]
    cells = [cell.strip() for cell in next(row for row in rows if " Neptune, LMA " in row)]
    assert cells[2:5] == ["105 [105, 220]", "220 [105, 220] \\*", "220"]
    assert cells[5].startswith("1.05 [") and cells[6].startswith("1.10 [")
    assert cells[9] == "2"
    rows_of = figures.rows(found.runs)
    asked = bars.of(LOCAL, REQUESTS)
    judged = {bar: met for bar, _, met in bars.judged(asked, rows_of, report.spread)}
    assert judged["Neptune, LMA: p50 at most 1.1 x the stream alone"]
    assert judged["Neptune, LMA: p99 at least 3 x lower than fifo"]
    assert judged["Neptune, LMA: nothing thrown away"]
    assert not any("split" in bar for bar in judged)
    # It keeps less than the processes of the stream alone leave, and of a cluster more is asked.
    assert bars.of(LOCAL, REQUESTS).p99 < bars.of(LOCAL, QUERY).p99
    in_cluster = bars.judged(bars.of(CLUSTER, QUERY), rows_of, report.spread)
    assert ("Neptune, LMA: p50 at most 1.05 x the stream alone", "1.05", True) in in_cluster


def test_the_table_says_where_it_ran_and_how_events_arrive() -> None:
    found = result(runs())
    text = report.rendered(found)
    assert "Local layout: driver and tasks on the same processors, local[2]" in text
    assert "The stream is an open loop: events at even times" in text
    plan = dataclasses.replace(
        found.plan, layout=CLUSTER, driver_processors=(0, 1), worker_processors=(2, 3)
    )
    text = report.rendered(dataclasses.replace(found, plan=plan))
    assert "driver and load on processors 0-1, a worker with 2 cores on processors 2-3" in text


def test_a_p99_of_few_events_is_marked() -> None:
    for events, marked in ((figures.FEW_SAMPLES - 1, True), (figures.FEW_SAMPLES, False)):
        (row,) = figures.rows([measured(run("alone", latencies_ms=[7.0] * events))])
        assert bool(report.mark(row)) == marked
        assert report.sampled(row) == str(events)


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
