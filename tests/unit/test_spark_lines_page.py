"""The page on Spark lines says what the table of lines says."""

from __future__ import annotations

from pathlib import Path

from neptune_spark._start.lines import spark_lines

ROOT = Path(__file__).parents[2]


def test_it_has_a_row_for_each_line() -> None:
    page = (ROOT / "docs" / "spark-lines.md").read_text(encoding="utf-8").splitlines()
    begin = page.index("| line | newest tried | Scala | Java from | Python from |") + 2
    rows = page[begin : page.index("", begin)]
    assert rows == [
        f"| {line.name} | {line.newest} | {line.scala} | {line.java} | {line.python} |"
        for line in spark_lines().values()
    ]


def test_the_readme_names_all_lines() -> None:
    *others, last = spark_lines()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.count(f"Spark {', '.join(others)} or {last}") == 1
    assert readme.count(f"Spark {', '.join(others)} and {last}") == 1
