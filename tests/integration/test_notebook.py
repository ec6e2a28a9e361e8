"""What a notebook has beside Python: the cell magic `%%priority`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from pyspark.sql import SparkSession

KEY = "neptune.priority"


@pytest.fixture
def shell(spark: SparkSession) -> Iterator[Any]:
    shell: Any = InteractiveShell()  # type: ignore[no-untyped-call]
    shell.run_line_magic("load_ext", "neptune_spark")
    shell.user_ns["sc"] = spark.sparkContext
    yield shell
    shell.run_line_magic("reset", "-f")


def test_a_cell_has_its_priority(shell: Any) -> None:
    found = shell.run_cell(f"%%priority low\nlevel = sc.getLocalProperty('{KEY}')\nlevel").result
    assert (found, shell.user_ns["level"]) == ("low", "low")
    assert shell.run_cell(f"sc.getLocalProperty('{KEY}')").result is None


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1 + 1;", None),
        ("n = 3", None),
        ("def f():\n    return 4\nf()", 4),
        ("%time 5", 5),
        ("", None),
    ],
)
def test_a_cell_has_the_value_that_it_has_without(shell: Any, cell: str, value: int | None) -> None:
    assert shell.run_cell(f"%%priority 7\n{cell}").result == value


def test_an_error_stops_the_notebook(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    result = shell.run_cell("%%priority low\nx = 1\nraise KeyError('no such row')")
    assert isinstance(result.error_in_exec, KeyError)
    assert capsys.readouterr().out.count("raise KeyError(") == 1
    assert shell.run_cell(f"sc.getLocalProperty('{KEY}')").result is None


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "%%priority urgent\nran = True",
            "spark.neptune.priority cannot be 'urgent': give one of ",
        ),
        ("%%priority\nran = True", "%%priority needs a level: %%priority low"),
        (
            "%%priority low\nimport asyncio\nran = True\nawait asyncio.sleep(0)",
            "%%priority can't run a cell that awaits something outside of functions: use `with ",
        ),
    ],
)
def test_what_cannot_be_is_one_sentence(
    shell: Any, capsys: pytest.CaptureFixture[str], cell: str, said: str
) -> None:
    result = shell.run_cell(cell)
    assert isinstance(result.error_in_exec, UsageError)
    assert "ran" not in shell.user_ns
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"UsageError: {said}")
