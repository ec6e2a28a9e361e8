"""The command line, progress, the table, and the feeder."""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path
from typing import Any

import pytest

from neptune_bench.demo import __main__ as program
from neptune_bench.demo import report, training
from neptune_bench.demo.latency import Summary
from neptune_bench.demo.plan import SCHEDULERS, SQL, DemoError, Plan
from neptune_bench.demo.runner import Run
from neptune_bench.harness import feeder, tpch
from neptune_bench.harness.eventlog import OTHER, STREAM, Log, Task


def run_of(scheduler: str, latencies: list[float], batch: tuple[float, float] | None) -> Run:
    begin, end = batch or (None, None)
    samples = [
        {"seq": n, "placed": 100.0 + n, "delivered": 100.0 + n + x, "latency_s": x}
        for n, x in enumerate(latencies)
    ]
    answer: dict[str, Any] = {
        "start": 100.0,
        "batch_begin": begin,
        "batch_end": end,
        "samples": samples,
    }
    return Run(scheduler, answer, [], 1.0)


def test_defaults_are_the_full_plan_and_all_schedulers() -> None:
    options = program.parser().parse_args([])
    assert program.plan_of(options) == Plan()
    assert tuple(options.schedulers) == SCHEDULERS
    assert options.out == Path("demo")


def test_quick_is_smaller_and_still_obeys_the_other_options() -> None:
    words = ["--quick", "--scale", "0.01", "--master", "local[3]", "--seed", "1"]
    plan = program.plan_of(program.parser().parse_args(words))
    assert (plan.scale, plan.master, plan.seed) == (0.01, "local[3]", 1)
    assert plan.duration_s == program.QUICK.duration_s < Plan().duration_s


def test_schedulers_are_named_in_order_and_once() -> None:
    assert program.schedulers("fifo, alone,fifo") == ("fifo", "alone")
    with pytest.raises(argparse.ArgumentTypeError, match="'lifo': choose from alone, fifo"):
        program.schedulers("lifo")


def test_a_failure_is_one_sentence_and_a_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise DemoError("It rained.")

    monkeypatch.setattr(tpch, "generate", fail)
    assert program.main(["--out", str(tmp_path)]) == 1
    assert "demo: It rained." in capsys.readouterr().err


def test_latencies_count_while_the_batch_has_work() -> None:
    outcome = report.outcome(run_of("fifo", [0.1, 5.0, 6.0, 0.2], (100.5, 102.5)))
    assert outcome.summary == Summary(2, 5.0, 6.0, 6.0)
    assert outcome.batch_s == 2.0


def test_the_table_compares_with_the_stream_alone() -> None:
    outcomes = [
        report.outcome(run_of("alone", [0.2, 0.4], None)),
        report.outcome(run_of("neptune", [0.3, 0.4], (99.0, 110.0))),
    ]
    rows = report.table(outcomes)
    assert [row["p50_over_alone"] for row in rows] == [1.0, pytest.approx(1.5)]
    assert rows[1]["batch_s"] == 11.0
    lines = report.rendered(rows).splitlines()
    assert lines[0].split()[0] == "scheduler"
    assert lines[2].split()[:4] == ["stream", "alone", "200", "ms"]
    assert len({len(text) for text in lines}) == 1


def test_what_the_stream_did_meanwhile_explains_the_batch() -> None:
    tasks = [
        Task(1, SQL, 0, 99.0, 108.0, [(103.0, 105.0)]),
        Task(2, STREAM, 0, 103.0, 105.0),
        Task(3, STREAM, 0, 109.0, 112.0),
        Task(4, OTHER, 0, 100.0, 101.0),
    ]
    run = report.outcome(run_of("neptune", [0.3, 0.4], (100.0, 110.0)))
    outcome = dataclasses.replace(run, log=Log(2, {task.task_id: task for task in tasks}))
    assert report.core_s(outcome) == (3.0, 6.0)
    assert "3.0" in report.rendered(report.table([outcome]))


def test_bars_are_against_the_stream_alone_and_the_others() -> None:
    outcomes = [
        report.outcome(run_of("alone", [0.2, 0.4], None)),
        report.outcome(run_of("fifo", [2.0, 8.0], (99.0, 110.0))),
        report.outcome(run_of("neptune", [0.2, 0.8], (99.0, 110.0))),
    ]
    found = {bar: (measured, met) for bar, measured, met in report.bars(report.table(outcomes))}
    assert found[f"p50 at most {report.P50_BAR:g} x the stream alone"] == ("1.0 x", True)
    assert found[f"p99 at most {report.P99_BAR:g} x the stream alone"] == ("2.0 x", False)
    fifo = f"p99 at least {report.OTHERS_BAR:g} x lower than Spark FIFO"
    assert found[fifo] == ("10.0 x", True)
    assert report.bars(report.table(outcomes[:2])) == []


def test_the_feeder_places_files_no_earlier_than_it_says(tmp_path: Path) -> None:
    spool, landing = tmp_path / "spool", tmp_path / "landing"
    spool.mkdir()
    landing.mkdir()
    for name in ("a", "b"):
        (spool / name).write_text(name)
    due = time.time() + 0.05
    placed = feeder.feed(str(spool), str(landing), [("a", due), ("b", due)])
    assert due <= placed[0] <= placed[1]
    assert sorted(path.name for path in landing.iterdir()) == ["a", "b"]


def test_training_is_the_same_each_time_and_learns() -> None:
    train = training.trainer(7, 500, training.start())
    learned = [next(train(partition, ())) for partition in (0, 1)]
    assert learned[0] == next(training.trainer(7, 500, training.start())(0, ()))
    assert learned[0] != learned[1]
    weights = training.average(learned)
    assert all(w > 0 for w in weights[::2])
    assert all(w < 0 for w in weights[1::2])
