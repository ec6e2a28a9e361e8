"""All 22 queries: ``python -m`` this module, ``PLAN TABLES ANSWER FD``.

Compared with DuckDB's answers on the same files: a query whose tasks are suspended and resumed
again and again must answer as if nobody had touched it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness import drivers, sessions
from neptune_bench.harness.program import BenchmarkError
from neptune_bench.tpch import oracle
from neptune_bench.tpch.tables import read, run_query
from neptune_bench.unified.plan import Plan, shared

SUSPEND_EVERY: Final = "20ms"


def verify(plan: Plan, tables: Path) -> None:
    """Run all queries in a driver process, and compare.

    Raises:
        BenchmarkError: naming the first query whose answer differs, or if nothing was suspended.
    """
    with tempfile.TemporaryDirectory(prefix="tpch-", ignore_cleanup_errors=True) as directory:
        plan.save(Path(directory) / "plan.json")
        words = [str(Path(directory) / "plan.json"), str(tables)]
        found = drivers.answer(
            "22 queries", "neptune_bench.tpch.verification", words, Path(directory), lambda _: None
        )
    if found["suspensions"] == 0:
        raise BenchmarkError("No task was suspended while the 22 queries were checked.")
    want = oracle.answers(list(found["answers"]), tables)
    for name, rows in found["answers"].items():
        if not oracle.equal(rows, want[name]):
            raise BenchmarkError(f"The answer to {name} is not DuckDB's on the same files.")


def run(plan: Plan, tables: Path, scratch: Path, report: Callable[..., None]) -> dict[str, object]:
    """Run all queries, and return their answers and how often tasks were suspended."""
    import neptune_spark

    (scratch / "events").mkdir()
    places = (str(scratch), str(scratch / "events"))
    common = sessions.settings("tpch: all queries", plan.master, *places)
    settings: dict[str, Any] = {**common, **shared(plan, 1)}
    builder = neptune_spark.builder(chaos_suspend_every=SUSPEND_EVERY)
    spark = builder.config(map=settings).getOrCreate()
    try:
        session = read(spark, tables)
        answers = {}
        for name, text in oracle.queries().items():
            report(stage=name)
            answers[name] = run_query(session, text)
        suspensions = neptune_spark.scheduler(spark).statistics().suspensions
        return {"answers": answers, "suspensions": suspensions}
    finally:
        spark.stop()


def main(arguments: list[str]) -> None:
    """Run as the `arguments` say (see the module's docstring)."""
    plan, tables, answer, descriptor = arguments
    with (
        drivers.reporting(descriptor) as report,
        tempfile.TemporaryDirectory(prefix="tpch-", ignore_cleanup_errors=True) as scratch,
    ):
        found = run(Plan.load(Path(plan)), Path(tables), Path(scratch), report)
    Path(answer).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
