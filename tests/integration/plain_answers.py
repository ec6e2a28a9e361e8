"""What the unmodified application, apps/plain.py, must have answered."""

from __future__ import annotations

import json
from typing import Any


def answers_in(output: str) -> dict[str, Any]:
    """The one line of JSON among what an application wrote."""
    (line,) = [line for line in output.splitlines() if line.startswith("{")]
    answers: dict[str, Any] = json.loads(line)
    return answers


def check(
    answers: dict[str, Any],
    master: str,
    cores: int,
    attempt: int,
    scheduler: str = "NeptuneTaskScheduler",
) -> None:
    figures = answers.pop("statistics")
    assert answers.pop("parallelism") >= cores
    assert answers == {
        "master": master,
        "scheduler": scheduler,
        "sql": [[0, 334], [1, 333], [2, 333]],
        "rdd": [["a", 2], ["b", 2], ["c", 1]],
        "udf": 999000,
        "bypass": {"high": 5050, "low_went_on": True, "low": list(range(cores))},
        "attempt": attempt,
    }
    # Two high tasks may take the same core in turn, if the second comes to the scheduler late.
    assert 1 <= figures["suspensions"] <= cores
    assert figures["resumptions"] == figures["suspensions"]
    assert figures["cores_lent"] == figures["tasks_suspended"] == 0
