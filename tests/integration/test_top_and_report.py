"""`neptune-spark top` and `neptune-spark report` of a real session."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from neptune_spark import cli
from neptune_spark._event_log import logged_events
from neptune_spark._report import figures
from neptune_spark._report.application import read
from tests.conftest import RunProgram
from tests.unit.cli.made_log import lines, whole

ROOT = Path(__file__).parents[2]
APP = Path(__file__).parent / "apps" / "watched.py"


def test_a_task_that_is_suspended_is_shown_live_and_later(
    run_program: RunProgram, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = run_program([sys.executable, APP, tmp_path], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)})
    task_id, exit_code = map(int, ran.stdout.split())

    once = (tmp_path / "once").read_text()
    assert "Suspended: 1 task\n" in once
    (row,) = [line for line in once.splitlines() if line.startswith(f"{task_id} ")]
    assert "by hand" in row and "driver" in row
    (level,) = [line.split() for line in once.splitlines() if line.startswith("low (-10)")]
    running, pending, suspended, lent_cores = level[2:6]
    assert (running, pending, suspended, lent_cores) == ("1", "0", "1", "1")

    live = (tmp_path / "live").read_text()
    assert exit_code == 0
    assert "1 suspension, 1 resumption" in live
    assert live.splitlines()[-1].endswith("the application has ended.")

    (log,) = (tmp_path / "logs").iterdir()
    app = read(logged_events(str(log)))
    assert app.name == "watched <by> a test" and app.ended_ms is not None
    (span,) = app.spans
    assert (span.task.task_id, span.manual, span.reason) == (task_id, True, "manual")
    assert app.suspended_s(span) > 0 and span.kept_core_s > 0
    (level_told,) = [level for level in figures.levels(app) if level.priority == -10]
    assert len(level_told.waits_s) == 1
    assert app.statistics["suspensions"] == 1
    page = tmp_path / "page.html"
    assert cli.main(["report", str(log), "-o", str(page)]) == 0
    assert capsys.readouterr().out == f"{page}\n"
    text = page.read_text(encoding="utf-8")
    assert "watched &lt;by&gt; a test" in text
    assert f"<title>task {task_id}, stage 0, low (-10): suspended by hand" in text


@pytest.mark.parametrize("codec", ["zstd", "lz4", "snappy"])
def test_a_log_that_spark_has_compressed(spark: SparkSession, codec: str, tmp_path: Path) -> None:
    """In several blocks, since there is more than fits into one."""
    many = whole() * 40
    path = tmp_path / f"app-1.{codec}"
    jvm = spark.sparkContext._jvm
    assert jvm is not None
    io = jvm.org.apache.spark.io.CompressionCodec
    made = io.createCodec(spark.sparkContext._jsc.sc().conf(), codec)
    out = made.compressedOutputStream(jvm.java.io.FileOutputStream(str(path)))
    out.write(lines(many))
    out.close()
    assert list(logged_events(str(path))) == many
