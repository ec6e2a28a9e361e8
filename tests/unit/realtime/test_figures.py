"""What the benchmark of real-time queries makes of its runs."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from neptune_bench.harness import results
from neptune_bench.harness.layout import CLUSTER
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.realtime import __main__ as program
from neptune_bench.realtime import plots, report
from neptune_bench.realtime.exchange import Memory, answer_settings
from neptune_bench.realtime.figures import Result, Run, within
from neptune_bench.realtime.plan import ALONE, BATCH_ALONE, SHARED, Plan
from neptune_bench.realtime.session import moments

TIMES = tuple(float(ms) for ms in range(1, 101))
PLAN = Plan(master="local[2]", sides=(ALONE, BATCH_ALONE, SHARED), repeat=2)
RUNS = (
    Run(ALONE, 0, TIMES, 0.0, 0.5, 0),
    Run(ALONE, 1, TIMES, 0.0, 0.5, 0),
    Run(BATCH_ALONE, 0, (), 4.0, 2.0, 0),
    Run(BATCH_ALONE, 1, (), 4.0, 2.0, 0),
    Run(SHARED, 0, tuple(2 * ms for ms in TIMES), 3.0, 2.0, 0),
    Run(SHARED, 1, TIMES, 1.5, 2.0, 3),
)
RESULT = Result(PLAN, {"cpus": 2}, {"spark": "4.3.0"}, 0.1, 2, RUNS)


def test_ratios_are_taken_within_rounds() -> None:
    found = RESULT.beside(SHARED)
    assert RESULT.together == [SHARED]
    assert found.p50 == (1.5, 1.0, 2.0)
    assert found.p99 == (1.5, 1.0, 2.0)
    # The queries alone leave three quarters of the processors' time.
    assert found.kept == (0.75, 0.5, 1.0)


def test_queries_leave_what_they_do_not_use_of_the_workers_processors() -> None:
    plan = dataclasses.replace(
        PLAN, layout=CLUSTER, driver_processors=(0,), worker_processors=(1,), kafka=True
    )
    found = dataclasses.replace(RESULT, plan=plan)
    # A half of one processor, which has two cores.
    assert found.beside(SHARED).kept == (1.125, 0.75, 1.5)
    text = report.rendered(found)
    assert "load and the Kafka broker on processor 0, a worker with 2 cores on processor 1" in text
    assert "2 queries, with 2 tasks; 100 events per second by Kafka" in text
    assert "more cores than processors" in text and "more cores" not in report.rendered(RESULT)


def test_what_queries_use_on_other_machines_is_not_known() -> None:
    runs = tuple(dataclasses.replace(run, cores=None) for run in RUNS)
    found = dataclasses.replace(RESULT, runs=runs)
    assert found.beside(SHARED).kept is None
    assert [bar for bar, _, _ in report.bars(found)] == [
        "p50 at most 1.2 x the queries alone",
        "p99 at most 1.2 x the queries alone",
    ]
    assert report.rendered(found).splitlines()[-1].endswith(" - |")


def test_an_answer_in_memory_is_a_file_with_the_time_in_its_name(tmp_path: Path) -> None:
    answers = object.__new__(Memory)
    answers._answers, answers._found = tmp_path, {}
    assert answers.answered_ns("first-0") is None
    for name in ("answer-first-0-847362.1234567", "answer-7-99.8910", "hsperfdata"):
        (tmp_path / name).touch()
    assert (answers.answered_ns("first-0"), answers.answered_ns("7")) == (1234567, 8910)
    assert answers.answered_ns("first-1") is None
    assert answer_settings(tmp_path).keys() == {
        "spark.driver.extraJavaOptions",
        "spark.executor.extraJavaOptions",
    }


def test_jobs_count_by_their_part_within_the_time() -> None:
    spans = [(0.0, 2.0), (2.0, 4.0), (4.0, 8.0), (9.0, 10.0), (3.0, 3.0)]
    assert within(spans, 1.0, 5.0) == 0.5 + 1 + 0.25


def test_events_are_due_alike_in_all_runs_of_a_round() -> None:
    first = moments(PLAN, 0, 20.0)
    assert first == moments(PLAN, 0, 20.0) != moments(PLAN, 1, 20.0)
    assert first == sorted(first) and first[0] > 0 and first[-1] < 20
    assert 1500 < len(first) < 2500


def test_everything_is_shown(tmp_path: Path) -> None:
    text = report.rendered(RESULT)
    assert "1.50 (1.00 to 2.00)" in text and "0.75 (0.50 to 1.00)" in text
    results.write(tmp_path / "result.json", "realtime", RESULT)
    written = json.loads((tmp_path / "result.json").read_text())
    assert written["benchmark"] == "realtime" and len(written["runs"]) == len(RUNS)
    plots.draw(RESULT, tmp_path / "realtime.png")
    assert (tmp_path / "realtime.png").read_bytes().startswith(b"\x89PNG")


def test_both_alone_are_needed() -> None:
    options = program.COMMAND.parser().parse_args(["--schedulers", f"{ALONE},{SHARED}"])
    with pytest.raises(BenchmarkError, match="alone and batch-alone"):
        program.measure(program.COMMAND.plan_of(options))


def test_the_command_line_says_what_is_run() -> None:
    words = ["--quick", "--duration", "5", "--scale", "2", "--counts", "--rate", "7"]
    plan = program.COMMAND.plan_of(program.COMMAND.parser().parse_args(words))
    assert (plan.duration_s, plan.counts, plan.rate, plan.repeat) == (5.0, True, 7.0, 1)
    assert plan.rows == 2 * Plan().rows
