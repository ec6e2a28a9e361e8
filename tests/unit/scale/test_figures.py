"""What becomes of the measurements: figures, tables, the picture, the files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neptune_bench.harness.text import markdown
from neptune_bench.scale import __main__ as program
from neptune_bench.scale import figures, report
from neptune_bench.scale.figures import Decision, Round
from neptune_bench.scale.plan import QUICK, SCHEDULERS, Plan
from tests.unit.scale.made_up import PLAN, result


def test_latencies_and_the_slow_down_are_over_what_was_alone() -> None:
    rows = figures.simulated(result().runs)
    assert [(row.policy, row.mode) for row in rows] == list(SCHEDULERS.values())
    suspend = rows[0]
    assert suspend.latency_ms == [15.0, 30.0]
    assert (suspend.p50, suspend.p99, suspend.over_alone) == (15.0, 30.0, 1.5)
    assert suspend.slowdown == pytest.approx(1.5)
    assert (suspend.suspensions, suspend.kills, suspend.wasted_task_s) == (3, 0, 0.0)
    assert rows[2].over_alone == 2.0


def test_decisions_count_for_whole_bursts_after_the_warm_up() -> None:
    (first, second, *_) = figures.decisions(PLAN, result().decisions)
    assert first == Decision(75, "lma", 8, 2, 1.0, 3.0, 3.0)
    assert second == Decision(75, "lma", 64, 1, 6.0, 6.0, 6.0)


def test_the_ratio_of_rounds_is_that_of_medians() -> None:
    first = figures.rounds(result().rounds)[0]
    assert first == Round(75, "full", 3, 20.0, 30.0, 90.0, 35.0, 1.5)


def test_tables_are_markdown() -> None:
    table = markdown([("what", "n"), ("a", "12")])
    assert table == "| what |  n |\n| ---- | -: |\n| a    | 12 |"
    text = report.rendered(result())
    assert "| random, none " in text
    assert "| 10000, full " in text
    assert "| 1000, fair: full " in text


def test_the_command_line_changes_the_plan() -> None:
    words = ["--quick", "--executors", "9", "--duration", "3", "--repeat", "2", "--seed", "5"]
    plan = program.COMMAND.plan_of(program.COMMAND.parser().parse_args(words))
    assert (plan.executors, plan.duration_s, plan.repeat, plan.seed) == (9, 3, 2, 5)
    assert plan.cycles == QUICK.cycles
    assert plan.schedulers == tuple(SCHEDULERS)
    assert program.COMMAND.plan_of(program.COMMAND.parser().parse_args([])) == Plan()


def test_a_scheduler_is_a_policy_that_suspends_unless_it_names_a_mode() -> None:
    words = ["--schedulers", "lma, lb:kill,lma,lb,cache-local:none"]
    plan = program.COMMAND.plan_of(program.COMMAND.parser().parse_args(words))
    assert plan.schedulers == ("lma", "lb:kill", "lb", "cache-local:none")
    assert plan.policies == ("lma", "lb", "cache-local")
    assert [SCHEDULERS[n] for n in plan.schedulers[:2]] == [("lma", "suspend"), ("lb", "kill")]


@pytest.mark.parametrize("word", ["lma:suspend", "lma:", "fifo", ""])
def test_an_unknown_scheduler_is_named(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.COMMAND.parser().parse_args(["--schedulers", f"lb,{word}"])
    assert f"unknown scheduler {word!r}: choose from lma, lma:kill" in capsys.readouterr().err


@pytest.mark.parametrize("names", [("lb:kill",), ("lma", "random:none")])
def test_what_was_left_out_is_not_in_tables_and_pictures(
    names: tuple[str, ...], tmp_path: Path
) -> None:
    plots = pytest.importorskip("neptune_bench.scale.plots", exc_type=ImportError)
    found = result(names)
    assert [(row.policy, row.mode) for row in figures.simulated(found.runs)] == [
        SCHEDULERS[name] for name in names
    ]
    assert "cache-local" not in report.rendered(found)
    plots.draw(found, tmp_path / "scale.png")
    assert (tmp_path / "scale.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("word", ["0", "-1", "many"])
def test_sizes_are_positive(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.COMMAND.parser().parse_args(["--executors", word])
    assert "--executors" in capsys.readouterr().err


def test_the_results_are_written_where_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(program, "measure", lambda plan: result())
    out = tmp_path / "new" / "place"
    assert program.main(["--out", str(out)]) == 0
    assert (out / "scale.png").read_bytes().startswith(b"\x89PNG")
    written = json.loads((out / "result.json").read_text())
    assert written["benchmark"] == "scale"
    assert written["plan"]["seed"] == 7
    assert written["decisions"][0]["samples"][0] == [8, 9000.0]
    assert report.rendered(result()) in capsys.readouterr().out
