"""Progress."""

from __future__ import annotations

import io

from neptune_bench.harness.progress import Progress, bar, describe


def test_progress_says_what_and_how_far() -> None:
    assert bar(0.5).count("#") == len(bar(0.5)) / 2
    assert describe({"stage": "running", "events": 0.5, "batch": None}).endswith("50%")
    out = io.StringIO()
    progress = Progress(out)
    progress.start("Spark FIFO")
    for _ in range(100):
        progress.update({"stage": "running", "events": 0.1})
    progress.finish()
    lines = out.getvalue().splitlines()
    assert len(lines) == 3
    assert all(text.startswith("Spark FIFO") for text in lines)
