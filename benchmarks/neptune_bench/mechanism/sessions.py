"""The part with Spark: JVM tasks that are suspended, and jobs on stock Spark and on Neptune."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neptune_bench.harness import drivers
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.mechanism import figures
from neptune_bench.mechanism.figures import Cost, Distribution, Latency
from neptune_bench.mechanism.plan import CODE, NEPTUNE, STOCK, Plan

Show = Callable[[drivers.State], None]


@contextmanager
def data(plan: Plan) -> Iterator[Path]:
    """Write what the jobs read, and remove it afterwards."""
    # Not at the top: the tests of all else need no Arrow.
    from neptune_bench.mechanism import applications

    with tempfile.TemporaryDirectory(prefix="mechanism-", ignore_cleanup_errors=True) as directory:
        applications.write_data(plan, Path(directory))
        plan.save(Path(directory) / "plan.json")
        yield Path(directory)


def drive(title: str, module: str, words: list[str], place: Path, show: Show) -> dict[str, Any]:
    """Run a driver process over the data at `place`, and return its answer.

    Raises:
        BenchmarkError: if it fails.
    """
    with tempfile.TemporaryDirectory(prefix="mechanism-driver-") as directory:
        words = [*words, str(place / "plan.json"), str(place)]
        return drivers.answer(title, module, words, Path(directory), show)


def latencies(place: Path, show: Show) -> tuple[list[Latency], dict[str, Any]]:
    """Suspend JVM tasks manually; return their latencies, and what else the driver says."""
    answer = drive("JVM", "mechanism.jvm", [], place, show)
    rows = answer.pop("latencies")
    return [jvm_latency(row) for row in rows], {**answer, "rows": rows}


def jvm_latency(row: dict[str, Any]) -> Latency:
    """Return the latency that a scheduler's statistics tell."""
    suspend_ms = Distribution(**row["suspend_latency_ms"])
    resume_ms = Distribution(**row["resume_latency_ms"])
    return Latency(row["variant"], CODE, row["size_us"], suspend_ms, resume_ms)


def costs(plan: Plan, place: Path, show: Show) -> tuple[list[Cost], dict[str, str]]:
    """Run the jobs on stock Spark and on Neptune, in turns; return the ratios and the versions.

    Raises:
        BenchmarkError: if the two give different answers.
    """
    pairs: list[dict[str, Any]] = []
    for number in range(plan.pairs):
        sides = (STOCK, NEPTUNE) if number % 2 == 0 else (NEPTUNE, STOCK)
        pair = {}
        for side in sides:

            def show_side(state: drivers.State, side: str = side, number: int = number) -> None:
                show({**state, "stage": f"pair {number + 1}, {side}: {state['stage']}"})

            title, module = f"{side} Spark", "neptune_bench.mechanism.session"
            pair[side] = drive(title, module, [side], place, show_side)
        pairs.append(pair)
    check(pairs)
    jobs = pairs[0][STOCK]["seconds"]
    found = [figures.cost(job, None, [seconds_of(pair, job) for pair in pairs]) for job in jobs]
    return found, pairs[0][NEPTUNE]["versions"]


def seconds_of(pair: dict[str, Any], job: str) -> tuple[float, float]:
    """Return the median seconds of a job in each process of a pair: stock, Neptune."""
    stock, neptune = (statistics.median(pair[side]["seconds"][job]) for side in (STOCK, NEPTUNE))
    return stock, neptune


def check(pairs: list[dict[str, Any]]) -> None:
    """Check that every process gave the same answers.

    Raises:
        BenchmarkError: naming the first job that did not.
    """
    want = pairs[0][STOCK]["answers"]
    for pair in pairs:
        for side, process in pair.items():
            for job, answer in process["answers"].items():
                if answer != want[job]:
                    raise BenchmarkError(
                        f"The job {job} gave {want[job]} on stock Spark, {answer} on {side}."
                    )
