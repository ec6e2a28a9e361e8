"""Driver processes: what they report, how they fail, and that nothing of them is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import drivers
from harness.program import BenchmarkError, run

APPLICATION = """
import os, sys
word, descriptor = sys.argv[1:]
print("the log")
with os.fdopen(int(descriptor), "w") as pipe:
    pipe.write('{"stage": "first"}\\n{"stage": "%s"}\\n' % word)
sys.exit(word == "fail")
"""


@pytest.fixture
def application(tmp_path: Path) -> Path:
    (tmp_path / "an_application.py").write_text(APPLICATION)
    return tmp_path


def test_a_driver_reports(application: Path) -> None:
    seen: list[drivers.State] = []
    drivers.drive("first", "an_application", ["second"], application, seen.append)
    assert seen == [{"stage": "first"}, {"stage": "second"}]


def test_a_failure_shows_the_log(application: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def act() -> None:
        drivers.drive("doomed", "an_application", ["fail"], application, lambda _: None)

    with pytest.raises(BenchmarkError, match=r"doomed run failed with status 1(.|\n)*the log"):
        act()
    assert run("program", act) == 1
    assert "program: The doomed run failed" in capsys.readouterr().err
