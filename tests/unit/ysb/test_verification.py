"""A count or an answer that is wrong is found, and named."""

from __future__ import annotations

import numpy as np
import pytest

from neptune_bench.harness.program import BenchmarkError
from neptune_bench.unified.workload import Answers
from neptune_bench.ysb import adlog
from neptune_bench.ysb.scoring import score
from neptune_bench.ysb.verification import check_counts, check_steps

WANT = {("campaign-1", 1000): 5, ("campaign-2", 1000): 7}


def answers(rows: list[list[object]]) -> Answers:
    return Answers("fifo (repeat 1)", rows, {})


def test_right_counts_pass() -> None:
    check_counts(answers([["campaign-2", 1000, 7], ["campaign-1", 1000, 5]]), WANT)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["campaign-1", 1000, 5]], "campaign-2 .* 0 views instead of 7"),
        ([["campaign-1", 1000, 6], ["campaign-2", 1000, 7]], "campaign-1 .* 6 views instead of 5"),
        (
            [["campaign-1", 1000, 5], ["campaign-1", 2000, 1], ["campaign-2", 1000, 7]],
            "2000 ms has 1 views instead of 0",
        ),
    ],
)
def test_a_wrong_count_is_named(rows: list[list[object]], said: str) -> None:
    with pytest.raises(BenchmarkError, match=said):
        check_counts(answers(rows), WANT)


def test_a_wrong_answer_is_named() -> None:
    run = Answers("fair (repeat 1)", None, {"users": [[[1, 2]], [[1, 3]]]})
    with pytest.raises(BenchmarkError, match=r"users in the run fair \(repeat 1\)"):
        check_steps([run], {"users": [[1, 2]]}, lambda a, b: a == b)


def test_the_log_is_analysed_as_its_steps_say() -> None:
    """On few events, by hand: the analyses of `adlog` are what Spark's are compared with."""
    gap = adlog.SESSION_GAP_MS
    rows = [  # user, page, ad, kind, time
        (1, 0, 0, 0, 0),
        (1, 0, 5, 1, gap),  # Within the session, just.
        (1, 0, 10, 2, 2 * gap + 1),  # A new one.
        (2, 3, 10, 2, 7),
    ]
    names = ("user_id", "page_id", "ad_id", "event_type", "event_time")
    log = {n: np.array(column) for n, column in zip(names, zip(*rows, strict=True), strict=True)}
    assert adlog.by_campaign(log) == [[0, 1, 1, 0, 1], [1, 0, 0, 2, 2]]
    assert adlog.by_activity(log) == [[1, 1], [3, 1]]
    assert adlog.sessions(log) == [[0, 1], [1, 2]]
    both = score(1, 0, 2 * gap + 1) + score(2, 3, 7)
    assert adlog.scores(log) == [[1, both]]
