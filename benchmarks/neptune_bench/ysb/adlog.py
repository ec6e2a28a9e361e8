"""The batch's log of ads: written with NumPy, and analysed with it too, to check Spark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from neptune_bench.ysb.events import ADS_PER_CAMPAIGN, BEGIN_MS, EVENT_TYPES
from neptune_bench.ysb.scoring import score

LOG: Final = "log"
PARTS: Final = 8
USERS: Final = 20_000
DAYS: Final = 7
SESSION_GAP_MS: Final = 30 * 60 * 1000
BATCH_CAMPAIGNS: Final = 100
SCORED: Final = EVENT_TYPES.index("purchase")

Rows = list[list[int]]
Column = npt.NDArray[np.int64]


def columns(seed: int, part: int, events: int) -> dict[str, Column]:
    """Return a part of the log: `events` of it, as columns of integers."""
    source = np.random.default_rng([seed, part])

    def below(limit: int) -> Column:
        return source.integers(0, limit, events, dtype=np.int64)

    return {
        "user_id": below(USERS),
        "page_id": below(1000),
        "ad_id": below(BATCH_CAMPAIGNS * ADS_PER_CAMPAIGN),
        "event_type": below(len(EVENT_TYPES)),
        "event_time": BEGIN_MS + below(DAYS * 24 * 3600 * 1000),
    }


def write(seed: int, events: int, directory: Path) -> None:
    """Write a log of about `events` as Parquet files, and the campaigns of the ads."""
    (directory / LOG).mkdir(parents=True)
    for part in range(PARTS):
        table = pa.table(columns(seed, part, events // PARTS))
        pq.write_table(table, directory / LOG / f"part-{part}.parquet")
    ads = np.arange(BATCH_CAMPAIGNS * ADS_PER_CAMPAIGN)
    table = pa.table({"ad_id": ads, "campaign": ads // ADS_PER_CAMPAIGN})
    pq.write_table(table, directory / "campaigns.parquet")


def by_campaign(log: dict[str, Column]) -> Rows:
    """Return (campaign, views, clicks, purchases, users) of each campaign."""
    campaign = log["ad_id"] // ADS_PER_CAMPAIGN
    kinds = [
        np.bincount(campaign[log["event_type"] == kind], minlength=BATCH_CAMPAIGNS)
        for kind in range(len(EVENT_TYPES))
    ]
    pairs = np.unique(campaign * USERS + log["user_id"])
    users = np.bincount(pairs // USERS, minlength=BATCH_CAMPAIGNS)
    table = np.stack([np.arange(BATCH_CAMPAIGNS), *kinds, users], axis=1)
    return [[int(cell) for cell in row] for row in table if row[1:].any()]


def by_activity(log: dict[str, Column]) -> Rows:
    """Return (events, users with so many)."""
    counts = np.bincount(log["user_id"])
    found = np.unique(counts[counts > 0], return_counts=True)
    return [[int(events), int(users)] for events, users in zip(*found, strict=True)]


def sessions(log: dict[str, Column]) -> Rows:
    """Return (campaign, sessions begun at it): half an hour without an event ends a session.

    Events of a user at the same time come in the order of their ads.
    """
    order = np.lexsort((log["ad_id"], log["event_time"], log["user_id"]))
    user, at = log["user_id"][order], log["event_time"][order]
    begins = np.ones(len(user), dtype=bool)
    begins[1:] = (user[1:] != user[:-1]) | (at[1:] - at[:-1] > SESSION_GAP_MS)
    counts = np.bincount(log["ad_id"][order][begins] // ADS_PER_CAMPAIGN)
    return [[campaign, int(count)] for campaign, count in enumerate(counts) if count]


def scores(log: dict[str, Column]) -> Rows:
    """Return (campaign, sum of the scores of its purchases)."""
    found: dict[int, int] = {}
    chosen = log["event_type"] == SCORED
    names = ("ad_id", "user_id", "page_id", "event_time")
    for ad, user, page, at in zip(*(log[name][chosen].tolist() for name in names), strict=True):
        campaign = ad // ADS_PER_CAMPAIGN
        found[campaign] = found.get(campaign, 0) + score(user, page, at)
    return sorted([campaign, total] for campaign, total in found.items())


ANSWERS: Final[dict[str, Callable[[dict[str, Column]], Rows]]] = {
    "campaigns": by_campaign,
    "activity": by_activity,
    "sessions": sessions,
    "scores": scores,
}


def answers(seed: int, events: int) -> dict[str, Rows]:
    """Return the answer of every step of the batch, computed without Spark."""
    parts = [columns(seed, part, events // PARTS) for part in range(PARTS)]
    whole: Any = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {name: compute(whole) for name, compute in ANSWERS.items()}
