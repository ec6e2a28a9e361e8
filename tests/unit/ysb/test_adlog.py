"""The analyses of the batch's log, by hand."""

from __future__ import annotations

import numpy as np

from neptune_bench.ysb import adlog
from neptune_bench.ysb.scoring import score


def test_the_log_is_analysed_as_its_steps_say() -> None:
    """On few events: the analyses of `adlog` are what Spark's are compared with."""
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
