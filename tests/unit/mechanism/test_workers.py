"""Real worker processes of each variant: the order of what they say, and that counts add up."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped,unused-ignore]  # psutil ships no types
import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.mechanism import executor as executor_module
from neptune_bench.mechanism import records, workers
from neptune_bench.mechanism.control import PATIENCE_S
from neptune_bench.mechanism.executor import Executor, start_worker
from neptune_bench.mechanism.plan import C_CALL, CODE, GATE, PLAIN, STOP, THREAD, Plan
from neptune_bench.mechanism.worker import COSTED

VARIANTS = (GATE, STOP, THREAD)
TINY = Plan(suspensions=3, warm_suspensions=1, pairs=1, chunks=1, chunk_s=0.001)


@pytest.fixture
def directory() -> Iterator[Path]:
    # Not pytest's own: its names may be too long for a Unix socket.
    with tempfile.TemporaryDirectory(prefix="neptune-") as path:
        yield Path(path)


def progresses(executor: Executor) -> None:
    before, deadline = executor.progress, time.monotonic() + PATIENCE_S
    while executor.progress == before:
        assert time.monotonic() < deadline, "the task stands still"
        time.sleep(0.0005)


def wait_until_stopped(pid: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < deadline
        time.sleep(0.0005)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_task_stands_still_from_one_answer_to_the_next(variant: str, directory: Path) -> None:
    with Executor(directory, variant, CODE, 0) as executor:
        for sequence in (1, 2, 3):
            progresses(executor)
            executor.suspend(sequence)
            if variant == STOP:
                wait_until_stopped(executor.pid)  # the kernel may take another moment
            there = executor.progress
            time.sleep(0.002)
            assert executor.progress == there
            executor.resume(sequence)
        progresses(executor)
        executor.end()


@pytest.mark.parametrize("kind", [CODE, C_CALL])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_suspension_is_in_the_figures(variant: str, kind: str) -> None:
    found = workers.latency(TINY, variant, kind, 10, 50)
    assert (found.variant, found.kind, found.size_us) == (variant, kind, 10)
    assert found.suspend_ms.count == found.resume_ms.count == 3
    assert {name: len(values) for name, values in found.samples_ms.items()} == {
        "suspend": 3,
        "resume": 3,
    }
    assert found.suspend_ms.max == max(found.samples_ms["suspend"])
    if variant != STOP:
        assert found.moved == 0


def test_all_cells_are_measured() -> None:
    shown: list[float] = []
    iterations = {CODE: {0: 0}, C_CALL: {10: 5}}
    found = workers.latencies(TINY, iterations, lambda _, done: shown.append(done))
    cells = [(row.kind, row.size_us, row.variant) for row in found]
    assert cells == [(k, s, v) for k, s in ((CODE, 0), (C_CALL, 10)) for v in VARIANTS]
    assert shown == sorted(shown) and len(shown) == 6


def test_costs_are_pairs_with_the_plain_function() -> None:
    found = workers.costs(TINY, {CODE: {0: 0, 10: 50}}, lambda *_: None)
    assert [(cost.name, cost.size_us) for cost in found] == [
        *((GATE, 0), (THREAD, 0), (GATE, 10), (THREAD, 10))
    ]
    assert COSTED[0] == PLAIN
    assert all(len(cost.pairs) == TINY.rounds for cost in found)
    assert all(seconds > 0 for cost in found for pair in cost.pairs for seconds in pair)


def test_a_worker_that_fails_says_why(directory: Path) -> None:
    worker = start_worker("flying", {}, directory)
    try:
        with pytest.raises(BenchmarkError, match=r"(?s)ended early.*KeyError: 'flying'"):
            worker.line()
    finally:
        worker.close()


def test_a_lost_worker_is_an_error(directory: Path) -> None:
    with Executor(directory, GATE, CODE, 0) as executor:
        psutil.Process(executor.pid).kill()
        with pytest.raises(BenchmarkError, match=r"gate worker did not say SUSPENDED"):
            executor.suspend(1)


def test_a_worker_that_does_not_connect_is_an_error(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        executor_module, "start_worker", lambda _, spec, at: start_worker("flying", spec, at)
    )
    with pytest.raises(BenchmarkError, match=r"(?s)did not connect.*KeyError: 'flying'"):
        Executor(directory, THREAD, CODE, 0)


@pytest.mark.parametrize("kind", [CODE, C_CALL])
@pytest.mark.parametrize("iterations", [0, 3])
def test_all_kinds_of_records_give_the_same(kind: str, iterations: int) -> None:
    assert list(records.partition(kind, iterations)(range(4))) == [1, 2, 3, 4]


def test_work_is_calibrated_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    # A microsecond for the call, and a tenth of one for each iteration but the first.
    monkeypatch.setattr(records, "_seconds", lambda _, iterations: (9 + iterations) / 1e7)
    assert [records.calibrate(CODE, size) for size in (0, 1, 10, 10_000)] == [0, 1, 91, 99_991]
