"""A stream with a latency target has as few cores as its batches need, and others have the rest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.scenarios import played

pytestmark = pytest.mark.slow

ALL = [0, 1, 2, 3]


def test_a_stream_with_a_target_leaves_cores_to_others(tmp_path: Path) -> None:
    answers = played("targets.py", "all", tmp_path, cwd=tmp_path)

    free = answers["free"]
    # All tasks of a batch at once.
    assert (free["stream"], free["pending"], free["batch"]) == (4, 0, 0)
    assert free["decisions"] == 0

    paced = answers["paced"]
    assert (paced["stream"], paced["pending"], paced["batch"]) == (1, 3, 3)
    ((priority, sentence, victims),) = paced["decisions"]
    assert (priority, victims) == (10, 0)
    assert re.fullmatch(
        r"stream paced: The last batch took \d+ ms, within the target of 600000 ms: 1 core, on "
        r"which 95 of 100 batches like the last 5 take \d+ ms at most\.",
        sentence,
    )
    assert paced["sql"] == paced["logged"] == [sentence]
    assert paced["cores_lent"] == 0
    for beside in (free, paced):
        assert beside["starts"] == ALL

    wrong = answers["wrong"]
    assert "a duration above 0 such as 100ms or 2s" in wrong["session"]
    assert "spark.neptune.target cannot be 'soon'" in wrong["block"]
    assert (
        "spark.neptune.target is 'soon', but it must be a duration above 0 such as 100ms or 2s."
        in wrong["query"]
    )
