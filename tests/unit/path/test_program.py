"""The command line, the figures and the tables."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from neptune_bench.harness.layout import CLUSTER, LOCAL
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.harness.record import decoded
from neptune_bench.path import __main__ as program
from neptune_bench.path import figures, report
from neptune_bench.path.figures import Above, Result
from neptune_bench.path.plan import ANSWERED, IDLE, JVM, PYTHON, QUICK, SATURATED, SESSIONS, Plan
from tests.unit.path.made_up import result, side


def plan(*words: str) -> Plan:
    return program.COMMAND.plan_of(program.COMMAND.parser().parse_args(words))


def test_the_command_line_is_the_plan() -> None:
    found = plan("--layout", "local", "--repeat", "3", "--seed", "4", "--tasks", "python")
    assert (found.layout, found.repeat, found.seed, found.tasks) == (LOCAL, 3, 4, (PYTHON,))
    assert found.jobs == Plan().jobs
    quick = plan("--quick", "--master", "local[2]")
    assert (quick.jobs, quick.repeat, quick.master) == (QUICK.jobs, QUICK.repeat, "local[2]")


def test_only_known_kinds_of_tasks(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        plan("--tasks", "jvm,perl")
    assert "unknown kind of task 'perl'" in capsys.readouterr().err


def test_the_figures_are_above_those_of_an_idle_session() -> None:
    found = result(step_ms=0.1)
    idle, full = found.of(JVM, IDLE), found.of(JVM, SATURATED)
    assert idle.total(50) == pytest.approx(0.44) and full.total(50) == pytest.approx(0.66)
    assert [full.step("decided", 99), full.ahead(50)] == pytest.approx([0.13, 1.0])
    (jvm, python) = found.above
    assert (jvm.tasks, python.tasks) == (JVM, PYTHON)
    assert [jvm.p50_ms, jvm.p99_ms] == pytest.approx([0.22, 0.26])
    answered = found.above_idle(JVM, ANSWERED)
    assert [answered.p50_ms, answered.p99_ms] == pytest.approx([0.66, 0.78])


@pytest.mark.parametrize(
    "p50_ms, p99_ms, is_met", [(2.0, 5.0, True), (2.1, 5.0, False), (2.0, 5.1, False)]
)
def test_both_bars_must_be_met(p50_ms: float, p99_ms: float, is_met: bool) -> None:
    assert Above(JVM, SATURATED, p50_ms, p99_ms).is_met is is_met


def test_the_table_has_all_steps_and_the_bars() -> None:
    text = report.rendered(result(step_ms=1.0))
    assert text.startswith("# The path of a preemption\n\nCluster layout: ")
    row = next(line for line in text.splitlines() if line.startswith("| → victim chosen"))
    assert [cell.strip() for cell in row.split("|")[2:-1]] == [
        *["-", "-", "1.10", "1.30", "1.10", "1.30"],
    ]
    assert "| **missed** |" in text and "| +2.20 ms, +2.60 ms |" in text
    assert "met" in report.rendered(result(step_ms=0.1)).rpartition("asked of")[2]


def test_the_bars_are_for_the_layout_of_a_cluster() -> None:
    assert report.bars(result(layout=CLUSTER)) and not report.bars(result(layout=LOCAL))


def test_too_many_other_paths_are_told() -> None:
    few = dataclasses.replace(side(JVM, SATURATED, 0.1, jobs=9), others=1)
    many = dataclasses.replace(few, others=2)
    assert figures.unsound([few, many]) == [many]
    found = dataclasses.replace(result(), sides=(*result().sides[:1], many, *result().sides[2:]))
    assert "2 jobs on the saturated session with JVM tasks had another path" in report.rendered(
        found
    )


def answer() -> dict[str, Any]:
    found = {s.side: s for s in result().sides if s.tasks == JVM}
    told = {name: {"rounds": asdict(s)["rounds"], "others": 1} for name, s in found.items()}
    read: dict[str, Any] = json.loads(json.dumps({"versions": {}, **told}))
    return read


def test_what_a_session_answers_is_read() -> None:
    idle, full = program.sides_of(JVM, SESSIONS[True], answer())
    assert (idle.side, full.side, full.others) == (IDLE, SATURATED, 1)
    assert full.rounds == result().of(JVM, SATURATED).rounds


def test_a_side_without_jobs_is_an_error() -> None:
    empty = {**answer(), IDLE: {"rounds": [[]], "others": 20}}
    with pytest.raises(BenchmarkError, match=r"No job on the idle session with JVM tasks .* of 20"):
        program.sides_of(JVM, SESSIONS[True], empty)


def test_the_results_are_written_and_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    made_up = result()
    monkeypatch.setattr(program, "measure", lambda plan: made_up)
    assert program.main(["--out", str(tmp_path), "--layout", "local"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"path.png", "result.json", "table.md"}
    assert (tmp_path / "path.png").read_bytes().startswith(b"\x89PNG")
    assert report.rendered(made_up) in capsys.readouterr().out
    assert decoded(Result, json.loads((tmp_path / "result.json").read_text())) == made_up
