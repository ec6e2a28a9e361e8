"""What heaps hold, whether it grows, and the tables of that."""

from __future__ import annotations

import dataclasses
import json
import stat
import threading
from pathlib import Path

import psutil
import pytest

from neptune_bench.compare.figures import figures
from neptune_bench.harness import heap
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.harness.record import decoded
from neptune_bench.memory import __main__ as program
from neptune_bench.memory import report
from neptune_bench.memory.beside import beside
from neptune_bench.memory.figures import DRIVER, OWN_OF_DRIVER, Look, Result, Side, fitted
from neptune_bench.memory.plan import BATCHES, NEPTUNE, PARTS, QUICK, STOCK, TASKS, Plan

HISTOGRAM = """\
4711:
 num     #instances         #bytes  class name (module)
-------------------------------------------------------
   1:           {first}            400  [B (java.base@17.0.13)
   2:            3             48  neptune.core.TaskEntry
   3:            2             32  org.apache.spark.sql.neptune.Sql$$Lambda$4711/0x00007f01
   4:            1             16  org.apache.spark.sql.neptune.Sql$$Lambda$4712/0x00007f02
   5:            1             16  org.neptuneweb.Other
Total           {first}            512
"""


class Asked:
    """A `jcmd` beside the Java of a process; it answers with one histogram after the other."""

    def __init__(self, directory: Path, *firsts: int) -> None:
        for number, first in enumerate(firsts):
            (directory / f"{number}").write_text(HISTOGRAM.format(first=first))
        program = directory / "jcmd"
        count = f"n=$(cat {directory}/n 2>/dev/null || echo 0); echo $((n + 1)) > {directory}/n"
        program.write_text(f"#!/bin/sh\n{count}\ncat {directory}/$n\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.java = str(directory / "java")


def asked(monkeypatch: pytest.MonkeyPatch, directory: Path, *firsts: int) -> None:
    java = Asked(directory, *firsts).java
    monkeypatch.setattr(psutil.Process, "exe", lambda _: java)


def test_a_histogram_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked(monkeypatch, tmp_path, 9)
    found = heap.live(psutil.Process().pid)
    assert found.size == 512
    assert found.objects == {
        "[B": 9,
        "neptune.core.TaskEntry": 3,
        # Those of one class are told apart by numbers that mean nothing.
        "org.apache.spark.sql.neptune.Sql$$Lambda": 3,
        "org.neptuneweb.Other": 1,
    }
    assert found.own == 6


def test_it_is_looked_at_until_no_more_is_let_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked(monkeypatch, tmp_path, 9000, 5000, 4000, 4001, 1)
    assert heap.settled(psutil.Process().pid).objects["[B"] == 4001


def test_a_jvm_that_does_not_answer_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked(monkeypatch, tmp_path)
    with pytest.raises(BenchmarkError, match=r"jcmd said of process \d+: .*No such file"):
        heap.live(psutil.Process().pid)


def looks(*values: float) -> tuple[Look, ...]:
    return tuple(
        Look(100 * number, {DRIVER: value, OWN_OF_DRIVER: 5.0})
        for number, value in enumerate(values)
    )


def result() -> Result:
    flat, growing = looks(80, 81, 80, 81, 80), looks(80, 82, 83, 86, 88)
    sides = (
        Side(STOCK, 0, {TASKS: flat, BATCHES: growing}),
        Side(NEPTUNE, 1234, {TASKS: growing, BATCHES: growing}),
    )
    plan = dataclasses.replace(QUICK, master="local[2]")
    return Result(plan, {"cpus": 2}, {"spark": "4.3.0"}, 0.0, 2, sides)


def test_a_line_is_fitted() -> None:
    exact = fitted([(0, 1.0), (1000, 3.0), (2000, 5.0)])
    assert (exact.slope, exact.low, exact.high) == (2.0, 2.0, 2.0)
    assert exact.grows
    noisy = fitted([(0, 0.0), (1000, 1.0), (2000, 0.0), (3000, 1.0)])
    # 0.2 per thousand; what is left is 0.8, so the error is sqrt(0.8 / 2 / 5), and t is 4.30.
    assert noisy.slope == pytest.approx(0.2)
    assert noisy.high - noisy.slope == pytest.approx(4.30 * (0.8 / 2 / 5) ** 0.5)
    assert not noisy.grows
    # Three looks that are not on a line tell nothing.
    assert not fitted([(0, 0.0), (1000, 1.0), (2000, 3.0)]).grows


def test_growth_is_judged_beside_stock_sparks() -> None:
    measured = {bar: met for bar, _, met in report.bars(result())}
    assert len(measured) == 2 * len(PARTS)
    of_driver = {bar.partition(":")[0]: met for bar, met in measured.items() if "live heap" in bar}
    assert of_driver == {TASKS: False, BATCHES: True}
    assert all(met for bar, met in measured.items() if "objects" in bar)
    alone = dataclasses.replace(result(), sides=result().sides[1:])
    assert [met for bar, _, met in report.bars(alone) if "live heap" in bar] == [False, False]
    assert report.bars(dataclasses.replace(result(), sides=result().sides[:1])) == []


def test_the_tables() -> None:
    text = report.rendered(result())
    assert "Neptune: 1,234 suspensions" in text
    rows = [line for line in text.splitlines() if line.startswith("| driver: live heap")]
    assert [("**grows**" in row, "noise" in row) for row in rows] == [
        (False, True),
        *[(True, False)] * 3,
    ]
    assert "80.0 |" in rows[0] and "+20.000 [" in rows[1]


def test_the_command_line_is_the_plan() -> None:
    words = ["--schedulers", "neptune", "--tasks", "70", "--looks", "7", "--layout", "local"]
    plan = program.COMMAND.plan_of(program.COMMAND.parser().parse_args(words))
    assert (plan.sides, plan.tasks, plan.looks, plan.batches) == ((NEPTUNE,), 70, 7, Plan().batches)
    assert (plan.counted(TASKS), plan.counted(BATCHES)) == (70, Plan().batches)


def test_the_results_are_written_and_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    made_up = result()
    monkeypatch.setattr(program, "measure", lambda plan: made_up)
    assert program.main(["--out", str(tmp_path), "--layout", "local"]) == 0
    assert (tmp_path / "memory.png").read_bytes().startswith(b"\x89PNG")
    written = json.loads((tmp_path / "result.json").read_text())
    assert decoded(Result, written) == made_up
    names = [figure.name for figure in figures(written)]
    assert "Neptune, after the tasks: driver: live heap, MiB" in names


def test_what_runs_beside_ends_with_the_context() -> None:
    before, acted = threading.active_count(), threading.Event()
    with beside(acted.set):
        assert acted.wait(60)
    assert threading.active_count() == before


def test_a_failure_of_what_runs_beside_is_told() -> None:
    def fail() -> None:
        raise ValueError("on purpose")

    with pytest.raises(BenchmarkError, match="has failed: on purpose"), beside(fail):
        pass
