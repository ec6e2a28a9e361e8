"""Scenarios of which one application plays several, for all tests of a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Dict

from tests.conftest import PROGRAM_S, started_program

APPS = Path(__file__).parent / "apps"
#: What came of scenarios, by name.
Answers = Dict[str, Dict[str, Any]]


def played(app: str, *words: str | Path, cwd: Path) -> Answers:
    """What one of `apps/` prints in its last line, as JSON; it leaves no process behind."""
    answers, _ = played_and_logged(app, *words, cwd=cwd)
    return answers


def played_and_logged(app: str, *words: str | Path, cwd: Path) -> tuple[Answers, str]:
    """The same, and what it writes to its standard error."""
    environment = {"PYTHONPATH": str(APPS.parents[2]), "PYSPARK_PYTHON": sys.executable}
    with started_program([sys.executable, APPS / app, *words], cwd=cwd, env=environment) as process:
        out, err = process.communicate(timeout=PROGRAM_S)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1]), err
