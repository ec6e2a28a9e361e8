"""An application that a browser has looked at, for all tests of this folder."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.browsing import browser_path
from tests.conftest import PROGRAM_S, started_program

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Watched:
    """What was seen of the application, and its event log."""

    answers: dict[str, Any]
    log: Path


@pytest.fixture(scope="session")
def browser() -> None:
    """Skips the test where there is no browser, or nothing to drive one."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    if browser_path() is None:
        pytest.skip("there is no chromium: apt-get install chromium")


@pytest.fixture(scope="session")
def watched(browser: None, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    directory = tmp_path_factory.mktemp("watched")
    app = Path(__file__).parent / "apps" / "live.py"
    paths = {"PYTHONPATH": os.pathsep.join([str(ROOT)]), "PYSPARK_PYTHON": sys.executable}
    with started_program([sys.executable, app, directory], cwd=directory, env=paths) as process:
        out, err = process.communicate(timeout=PROGRAM_S)
    assert process.returncode == 0, f"{out}\n{err}"
    answers = json.loads(out.splitlines()[-1])
    (log,) = (directory / "events").glob(f"*{answers['id']}*")
    return Watched(answers, log)
