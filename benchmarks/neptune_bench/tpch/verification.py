"""All 22 queries; a driver process (see `harness.driver`).

Compared with DuckDB's answers on the same files: a query whose tasks are suspended and resumed
again and again must answer as if nobody had touched it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from neptune_bench.harness import driver, sessions
from neptune_bench.harness.drivers import Report
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
        place, module = Path(directory), "tpch.verification"
        found = driver.answer("22 queries", module, plan, place, lambda _: None, str(tables))
    if found["suspensions"] == 0:
        raise BenchmarkError("No task was suspended while the 22 queries were checked.")
    answers = {name: [rows] for name, rows in found["answers"].items()}
    oracle.compare(answers, oracle.answers(list(answers), tables), "of all 22 queries")


def run(plan: Plan, place: Path, report: Report, tables: str) -> dict[str, Any]:
    """Run all queries, and return their answers and how often tasks were suspended."""
    import neptune_spark

    settings = {**sessions.settings("tpch: all queries", plan.master, place), **shared(plan, 1)}
    with sessions.started(settings, {"chaos_suspend_every": SUSPEND_EVERY}) as spark:
        session = read(spark, Path(tables))
        answers = {}
        for name, text in oracle.queries().items():
            report(stage=name)
            answers[name] = run_query(session, text)
        suspensions = neptune_spark.scheduler(spark).statistics().suspensions
        return {"answers": answers, "suspensions": suspensions}
