"""The simulator, from its compilation to its result, on a small cluster; virtual time only."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from neptune_bench.scale import figures, sharing
from neptune_bench.scale.workload import HIGH
from tests.conftest import RunProgram

pytestmark = pytest.mark.slow

APPS = Path(__file__).parent / "apps"


def test_every_job_ends_and_nothing_is_left(run_program: RunProgram, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    command = [sys.executable, "-m", "neptune_spark.cli", "bench", "scale", "--out", tmp_path]
    run_program([*command, "--quick", "--executors", "12", "--duration", "6"])
    result = json.loads((tmp_path / "result.json").read_text())
    runs = result["runs"]
    (run,) = runs
    assert len(figures.alone_ms(runs)) == len(run["ids"][HIGH]) > 10
    rows = {(row.policy, row.mode): row for row in figures.simulated(runs)}
    for cell in run["together"]:
        where = (cell["policy"], cell["mode"])
        assert len(cell["job_ms"]) == sum(map(len, run["ids"].values())), where
        assert cell["oversubscribed"] == 0, where
        left = json.loads(cell["statistics"])
        assert left["tasks_running"] == left["tasks_suspended"] == left["cores_lent"] == 0, where
        if cell["mode"] == "suspend":
            assert cell["suspensions"] == left["suspensions"] > 0, where
            assert cell["wasted_task_s"] == cell["kills"] == 0, where
            none = rows[cell["policy"], "none"]
            assert rows[where].p50 < none.p50 and rows[where].p99 < none.p99, where
        else:
            assert cell["suspensions"] == 0, where
            assert (cell["kills"] > 0) == (cell["mode"] == "kill"), where

    sides = {row.side: row for row in sharing.shared(result["users"])}
    fair, feedback = sides["Neptune, fair"], sides["Neptune, feedback"]
    fifo = sides["Spark FIFO"]
    assert fifo.suspensions == 0 < min(fair.suspensions, feedback.suspensions)
    assert max(fair.p50, feedback.p50) < fifo.p50
    assert fair.jain is not None and fair.jain[0] > 0.9
    # Their suspended tasks are spread, so that no executor has many left when others have none.
    assert max(fair.makespan_over, feedback.makespan_over) < 1.3


def simulated(run_program: RunProgram, app: str, *arguments: str) -> list[str]:
    return run_program([sys.executable, APPS / app, *arguments]).stdout.splitlines()


@pytest.mark.beyond_ci
def test_a_seed_tells_all(run_program: RunProgram) -> None:
    first, second = simulated(run_program, "simulate_twice.py")
    assert first == second


def test_a_low_task_on_a_core_that_is_refused_is_left_alone_for_a_while(
    run_program: RunProgram,
) -> None:
    """High tasks work for 20 s where their data is; the other core's task may run on."""
    for line in simulated(run_program, "simulate_preference.py"):
        policy, suspensions = line.split()
        assert 1 <= int(suspensions) <= 2 + 21, policy


def test_a_declining_task_does_not_have_one_executor_after_the_other_suspended(
    run_program: RunProgram,
) -> None:
    """It waits for some 4 s (spark.locality.wait, counted anew at first), amid 39 others' cores.

    4 suspensions are for those that hold the executor, and a second brings at most 4 more.
    """
    for line in simulated(run_program, "simulate_refusals.py"):
        policy, suspensions = line.split()
        assert 4 < int(suspensions) <= 4 + 6 * 4, policy


def test_what_is_left_to_tasks_that_end_is_decided_once(run_program: RunProgram) -> None:
    """Not again in each round that their ends make, of which a burst here sees some three."""
    for line in simulated(run_program, "simulate_endings.py"):
        policy, bursts, decisions = line.split()
        assert int(bursts) <= int(decisions) < 1.5 * int(bursts), policy


@pytest.mark.parametrize(("limit", "seed"), [("none", 1), ("20", 6)])
def test_levels_that_have_too_few_cores_do_not_swap_them_without_end(
    run_program: RunProgram, limit: str, seed: int
) -> None:
    """Within a level, and a limit, tasks take turns once a quantum; a swap takes 0.2 ms here."""
    for line in simulated(run_program, "simulate_levels.py", limit, str(seed)):
        order, tasks, suspensions, most = line.split()
        assert 0 < int(suspensions) < int(tasks), order
        assert limit == "none" or int(most) <= int(limit), order
