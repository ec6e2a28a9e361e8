"""The ad events: made from a seed and a number, in chunks, and counted without Spark. Pure."""

from __future__ import annotations

import hashlib
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ADS_PER_CAMPAIGN: Final = 10
USERS: Final = 10_000
PAGES: Final = 1_000
AD_TYPES: Final = ("banner", "modal", "sponsored-search", "mail", "mobile")
EVENT_TYPES: Final = ("view", "click", "purchase")
COUNTED: Final = "view"
SCHEMA: Final = (
    "user_id string, page_id string, ad_id string, ad_type string, event_type string, "
    "event_time bigint"
)
BEGIN_MS: Final = 1_767_225_600_000
"""Event time of the first measured event (2026-01-01T00:00:00Z): windows begin at midnight."""
TICK_MS: Final = 100
"""Event time that a chunk covers; the feeder delivers each when its time is over."""

Counts = dict[tuple[str, int], tuple[int]]
"""(campaign, begin of the window in epoch ms) -> views."""


@dataclass(frozen=True)
class Log:
    """Which events there are.

    Args:
        seed: of the events.
        campaigns: how many there are.
        per_chunk: events in a chunk.
        first, end: numbers of the first chunk, and of the one after the last; chunk 0 begins at
            BEGIN_MS, the ones before it are for the warm-up.
    """

    seed: int
    campaigns: int
    per_chunk: int
    first: int
    end: int

    def chunk(self, number: int) -> Iterator[dict[str, str | int]]:
        """Yield the events of a chunk, in the order of their times."""
        for event in range(number * self.per_chunk, (number + 1) * self.per_chunk):
            yield self.event(event)

    def event(self, number: int) -> dict[str, str | int]:
        """Return an event, which follows from the seed and its number alone."""
        digest = hashlib.blake2b(f"{self.seed}:{number}".encode(), digest_size=20).digest()
        user, page, ad, ad_type, event_type = struct.unpack("<5I", digest)
        return {
            "user_id": f"user-{user % USERS}",
            "page_id": f"page-{page % PAGES}",
            "ad_id": ad_name(ad % (self.campaigns * ADS_PER_CAMPAIGN)),
            "ad_type": AD_TYPES[ad_type % len(AD_TYPES)],
            "event_type": EVENT_TYPES[event_type % len(EVENT_TYPES)],
            "event_time": BEGIN_MS + number * TICK_MS // self.per_chunk,
        }

    def counts(self, window_ms: int) -> Counts:
        """Return the views of every campaign in every window."""
        campaign_of = dict(campaign_table(self.campaigns))
        found: Counter[tuple[str, int]] = Counter()
        for number in range(self.first, self.end):
            for event in self.chunk(number):
                if event["event_type"] == COUNTED:
                    at = int(event["event_time"])
                    found[campaign_of[str(event["ad_id"])], at - at % window_ms] += 1
        return {window: (views,) for window, views in found.items()}


def ad_name(number: int) -> str:
    """Return the id of an ad."""
    return f"ad-{number}"


def campaign_name(number: int) -> str:
    """Return the id of a campaign."""
    return f"campaign-{number}"


def campaign_table(campaigns: int) -> list[tuple[str, str]]:
    """Return the rows (ad, its campaign)."""
    ads = range(campaigns * ADS_PER_CAMPAIGN)
    return [(ad_name(ad), campaign_name(ad // ADS_PER_CAMPAIGN)) for ad in ads]
