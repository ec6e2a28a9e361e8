"""The benchmarks of streams beside batch jobs, small: that they run, and that answers are right."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from neptune_bench.memory.figures import CONTROLLER, FIGURES
from neptune_bench.memory.plan import BATCHES, NEPTUNE, STOCK, TASKS
from neptune_bench.path.plan import SIDES
from neptune_bench.path.session import STEPS
from tests.conftest import RunProgram

pytestmark = pytest.mark.slow


def bench(
    run_program: RunProgram, out: Path, name: str, *words: str, master: str = "local[2]"
) -> dict[str, Any]:
    """Run a benchmark and return its result.json; the program itself checks all answers.

    Without a master it has the layout that is its default.
    """
    command = [sys.executable, "-m", "neptune_spark.cli", "bench", name, "--out", out, "--quick"]
    # Far more than it takes: it must not be what ends it on a busy machine.
    where = ["--master", master] if master else []
    run_program([*command, *where, *words], timeout_s=900)
    assert (out / "table.md").read_text().startswith("# ")
    assert list(out.glob("*.png"))
    found: dict[str, Any] = json.loads((out / "result.json").read_text())
    return found


def test_tpch_answers_are_those_of_duckdb(run_program: RunProgram, tmp_path: Path) -> None:
    """All 22 queries, with their tasks suspended again and again; then both sides at once."""
    for module in ("matplotlib", "duckdb_extension_tpch"):
        pytest.importorskip(module)
    words = ("--duration", "2", "--scale", "0.01", "--schedulers", "neptune-lma")
    found = bench(run_program, tmp_path, "tpch", *words)
    assert found["answers"].startswith("All 22 queries gave DuckDB's answers")
    (run,) = found["runs"]
    assert run["samples"] and run["steps"] and run["work_core_s"] > 0
    assert run["statistics"]["suspensions"] > 0
    assert run["wasted_core_s"] == run["rerun"] == 0
    left = run["statistics"]
    assert left["tasks_running"] == left["tasks_suspended"] == left["cores_lent"] == 0


@pytest.mark.beyond_ci
def test_the_demo_lasts_until_its_batch_is_done(run_program: RunProgram, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    command = [sys.executable, "-m", "neptune_spark.cli", "demo", "--out", tmp_path, "--quick"]
    words = ("--duration", "2", "--schedulers", "neptune")
    ran = run_program([*command, *words])
    assert "the stream's are those of plain Python" in ran.stdout
    found = json.loads((tmp_path / "result.json").read_text())
    run = found["runs"]["neptune"]
    assert [name for name, *_ in sorted(run["batch_steps"])] == ["q1", "q3", "training 1"]
    assert len(run["samples"]) == 2 * found["settings"]["rate"]
    # Some events come before the batch.
    assert run["samples"][0]["placed"] < run["batch"][0] < run["batch"][1]
    assert {path.stem for path in tmp_path.glob("*.png")} == {"latency", "timeline"}


@pytest.mark.beyond_ci
def test_a_sweep_of_two_applications(run_program: RunProgram, tmp_path: Path) -> None:
    """The static split: two drivers that begin at the same time, with half of the cores each."""
    pytest.importorskip("matplotlib")
    words = ("--duration", "2", "--schedulers", "split", "--shares", "50")
    (point,) = bench(run_program, tmp_path, "sweep", *words)["points"]
    (run,) = point["runs"]
    assert run["cores"] == 2
    assert run["samples"] and run["steps"] and run["stream_core_s"] > 0


@pytest.mark.beyond_ci
@pytest.mark.since_spark("4.1", "real-time mode")
def test_real_time_queries_by_kafka(run_program: RunProgram, tmp_path: Path) -> None:
    """Every event is answered, and the batch goes on beside the queries."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("kafka")
    words = ("--kafka", "--duration", "2", "--rate", "20")
    check_sides(bench(run_program, tmp_path, "realtime", *words, master=""))


@pytest.mark.beyond_ci
@pytest.mark.since_spark("4.1", "real-time mode")
@pytest.mark.parametrize("master", ["", "local[2]"])
def test_real_time_queries_in_memory(run_program: RunProgram, tmp_path: Path, master: str) -> None:
    """All sides; executors of a cluster answer from processes of their own."""
    pytest.importorskip("matplotlib")
    words = ("--duration", "2", "--rate", "20", "--schedulers", "alone,batch-alone,shared,own")
    found = bench(run_program, tmp_path, "realtime", *words, master=master)
    check_sides(found)
    assert found["cores"] == max(2, len(found["plan"]["worker_processors"]))


def check_sides(found: dict[str, Any]) -> None:
    """Check that every query was answered, and that the batch went on beside them."""
    sides = {run["side"]: run for run in found["runs"]}
    for side in sides.keys() - {"batch-alone"}:
        assert sides[side]["latencies_ms"]
    for side in ("batch-alone", "shared"):
        assert sides[side]["jobs_per_s"] > 0 and sides[side]["cores"] > 0


# The benchmark does the same with either kind of task; tests of Python ones are elsewhere.
@pytest.mark.parametrize("tasks", ["jvm", pytest.param("python", marks=pytest.mark.beyond_ci)])
def test_the_path_of_a_preemption(run_program: RunProgram, tmp_path: Path, tasks: str) -> None:
    """Every job on a saturated session has a task suspended, and all instants are in order."""
    pytest.importorskip("matplotlib")
    sides = bench(run_program, tmp_path, "path", "--tasks", tasks)["sides"]
    assert [(side["tasks"], side["side"]) for side in sides] == [(tasks, side) for side in SIDES]
    for side in sides:
        paths = [path for paths in side["rounds"] for path in paths]
        assert len(paths) > side["others"], side
        assert {tuple(path["steps_ms"]) for path in paths} == {STEPS[side["side"]]}


@pytest.mark.parametrize("master", ["local[2]", pytest.param("", marks=pytest.mark.beyond_ci)])
def test_a_shared_session(run_program: RunProgram, tmp_path: Path, master: str) -> None:
    """Every user is answered, tasks are killed for those who starve, and the sums are right."""
    for module in ("matplotlib", "duckdb_extension_tpch"):
        pytest.importorskip(module)
    # Its tasks take long enough on a fast machine, too, for a pool to starve.
    words = ("--scale", "0.03", "--starved", "0.1", "--schedulers", "alone,fair-kill,neptune-fair")
    found = bench(run_program, tmp_path, "share", *words, master=master)
    assert found["checked"].startswith("All answers of all runs were DuckDB's")
    runs = {run["side"]: run for run in found["runs"]}
    alone, shared = runs["alone"], runs["fair-kill"]
    assert not alone["windows"] and alone["killed"] == 0
    plan = found["plan"]
    asked = Counter(sample["user"] for sample in shared["samples"])
    for number in range(plan["long_users"]):
        assert asked[f"long-{number + 1}"] == plan["queries"]
    assert asked["stream"] > 0 and shared["makespan_s"] > 0
    known = {(sample["length"], sample["name"]) for sample in alone["samples"]}
    assert {(sample["length"], sample["name"]) for sample in shared["samples"]} <= known
    # In the layout of a cluster a core for each processor of the worker, in the other two.
    assert shared["windows"] and shared["cores"] == (len(plan["worker_processors"]) or 2)
    total: Counter[str] = Counter()
    for window in shared["windows"]:
        total.update(window["core_s"])
    assert all(total[f"long-{number + 1}"] > 0 for number in range(plan["long_users"]))
    # There are more pools than cores: some have nothing.
    assert shared["killed"] > 0 and shared["thrown_away_core_s"] > 0
    fair = runs["neptune-fair"]
    assert fair["suspensions"] > 0
    assert fair["killed"] == fair["thrown_away_core_s"] == 0


@pytest.mark.beyond_ci
def test_policies_on_simulated_and_real_executors(run_program: RunProgram, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    found = bench(run_program, tmp_path, "policies", "--schedulers", "lma,random", master="")
    cells = {(cell["load"], cell["policy"]): cell for cell in found["cells"]}
    for policy in ("lma", "random"):
        assert cells["both", policy]["others"]["suspensions"] > 0
        assert cells["sort", policy]["slow_downs"] and cells["cached", policy]["slow_downs"]


def test_memory_is_looked_at_in_all_processes(run_program: RunProgram, tmp_path: Path) -> None:
    """Both sides do the same work; with Neptune, tasks are suspended for it."""
    pytest.importorskip("matplotlib")
    found = bench(run_program, tmp_path, "memory", master="")
    sides = {side["side"]: side for side in found["sides"]}
    assert sides[STOCK]["suspensions"] == 0 < sides[NEPTUNE]["suspensions"]
    plan = found["plan"]
    asked = {TASKS: plan["tasks"], BATCHES: plan["batches"]}
    for side in sides.values():
        for part in asked:
            looks = side["seen"][part]
            assert len(looks) == plan["looks"] + 1
            assert looks[-1]["done"] - looks[0]["done"] >= asked[part]
            for look in looks:
                expected = FIGURES.keys() - ({CONTROLLER} if side is sides[STOCK] else set())
                assert look["figures"].keys() == expected
