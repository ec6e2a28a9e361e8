"""The command line, the table, and the training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neptune_bench.demo import __main__ as program
from neptune_bench.demo import report, training
from neptune_bench.demo.report import outcome
from neptune_bench.demo.workload import WORKLOAD
from neptune_bench.harness import machine, tpch
from neptune_bench.harness.eventlog import OTHER, STREAM, Task
from neptune_bench.harness.layout import GIVEN, LOCAL
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified.bars import LOCAL_QUERY
from neptune_bench.unified.plan import Plan
from neptune_bench.unified.result import Result
from neptune_bench.unified.schedulers import BATCH
from tests.unit.demo.made_up import run


def plan_of(*words: str) -> Plan:
    return program.COMMAND.plan_of(program.COMMAND.parser().parse_args(words))


def test_defaults_are_the_full_plan_and_all_schedulers() -> None:
    full = WORKLOAD.plan(quick=False)
    assert plan_of().schedulers == full.schedulers == ("alone", "fifo", "fair", "neptune")
    assert (plan_of().master, plan_of().options) == ("local[2]", full.options)
    assert (plan_of().layout, plan_of("--master", "yarn").layout) == (LOCAL, GIVEN)
    assert program.COMMAND.parser().parse_args([]).out == Path("demo")
    # Events arrive before the batch begins.
    assert full.lead_s < 0 and full.counted_s == 0.0


def test_quick_is_smaller_and_still_obeys_the_other_options() -> None:
    words = ["--quick", "--scale", "0.01", "--master", "local[3]", "--seed", "1"]
    plan = plan_of(*words)
    assert (plan.scale, plan.master, plan.seed) == (0.01, "local[3]", 1)
    assert plan.duration_s == WORKLOAD.plan(quick=True).duration_s < plan_of().duration_s


def test_schedulers_are_named_in_order_and_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan_of("--schedulers", "fifo, alone,fifo").schedulers == ("fifo", "alone")
    with pytest.raises(SystemExit):
        plan_of("--schedulers", "lifo")
    assert "'lifo': choose from alone, fifo" in capsys.readouterr().err


def test_a_failure_is_one_sentence_and_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise BenchmarkError("It rained.")

    monkeypatch.setattr(tpch, "generate", fail)
    monkeypatch.setattr(machine, "in_use", lambda _: 0.0)
    assert program.main(["--out", str(tmp_path)]) == 1
    assert "demo: It rained." in capsys.readouterr().err


def test_latencies_count_while_the_batch_has_work() -> None:
    found = outcome(run("fifo", [0.1, 5.0, 6.0, 0.2], (100.5, 102.5)))
    assert found.loaded_s == [5.0, 6.0] and (found.at_s(50), found.at_s(99)) == (5.0, 6.0)
    assert found.batch_s == 2.0


def test_the_table_compares_with_the_stream_alone() -> None:
    outcomes = [
        outcome(run("alone", [0.2, 0.4], None)),
        outcome(run("neptune", [0.3, 0.4], (99.0, 110.0))),
    ]
    rows = report.table(outcomes)
    assert [row["p50_over_alone"] for row in rows] == [1.0, pytest.approx(1.5)]
    assert rows[1]["batch_s"] == 11.0
    lines = report.rendered(rows).splitlines()
    assert lines[0].split()[1] == "scheduler"
    assert lines[2].split()[1:6] == ["stream", "alone", "|", "200", "ms"]
    assert len({len(text) for text in lines}) == 1


def test_what_the_stream_did_meanwhile_explains_the_batch() -> None:
    tasks = [
        Task(1, BATCH, 0, 99.0, 108.0, [(103.0, 105.0)], step="1:0"),
        Task(2, STREAM, 0, 103.0, 105.0),
        Task(3, STREAM, 0, 109.0, 112.0),
        Task(4, OTHER, 0, 100.0, 101.0),
    ]
    found = outcome(run("neptune", [0.3, 0.4], (100.0, 110.0), *tasks))
    assert report.core_s(found) == (3.0, 6.0)
    assert "3.0" in report.rendered(report.table([found]))
    # The pictures tell the batch's threads apart.
    assert [task.side for task in found.log.tasks.values()] == [
        *(report.PYTHON, STREAM, STREAM, OTHER)
    ]


def test_bars_are_against_the_stream_alone_and_the_others() -> None:
    outcomes = [
        outcome(run("alone", [0.2, 0.4], None)),
        outcome(run("fifo", [2.0, 8.0], (99.0, 110.0))),
        outcome(run("neptune", [0.2, 0.8], (99.0, 110.0))),
    ]
    found = {bar: (measured, met) for bar, measured, met in report.bars(report.table(outcomes))}
    assert found[f"p50 at most {LOCAL_QUERY.p50:g} x the stream alone"] == ("1.0 x", True)
    assert found[f"p99 at most {LOCAL_QUERY.p99:g} x the stream alone"] == ("2.0 x", False)
    fifo = f"p99 at least {LOCAL_QUERY.others:g} x lower than Spark FIFO"
    assert found[fifo] == ("10.0 x", True)
    assert report.bars(report.table(outcomes[:2])) == []


def test_the_result_has_the_table_and_every_sample(tmp_path: Path) -> None:
    plan = WORKLOAD.plan(quick=True)
    runs = [run("neptune", [0.3, 0.4], (99.0, 110.0)), run("alone", [0.2, 0.4], None)]
    outcomes = report.outcomes(plan, runs)
    assert [o.scheduler for o in outcomes] == ["alone", "neptune"]
    result = Result(WORKLOAD, plan, {"cpus": 2}, {"spark": "4.3.0"}, 0.5, "All right.", [], 60.0)
    report.write(tmp_path / "result.json", result, outcomes)
    found = json.loads((tmp_path / "result.json").read_text())
    assert found["runs"]["alone"]["batch"] is None
    assert found["runs"]["neptune"]["batch"] == [99.0, 110.0]
    assert found["runs"]["neptune"]["batch_steps"] == [["q1", 99.0, 110.0]]
    waited = [sample["latency_s"] for sample in found["runs"]["neptune"]["samples"]]
    assert waited == pytest.approx([0.3, 0.4])


def test_training_is_the_same_each_time_and_learns() -> None:
    train = training.trainer(7, 500, training.start())
    learned = [next(train(partition, ())) for partition in (0, 1)]
    assert learned[0] == next(training.trainer(7, 500, training.start())(0, ()))
    assert learned[0] != learned[1]
    weights = training.average(learned)
    assert all(w > 0 for w in weights[::2])
    assert all(w < 0 for w in weights[1::2])
