"""Looks up the campaigns of ads in Redis; imported by the Python workers of the stream's tasks."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from redis import Redis


@cache
def connection(port: int) -> Redis:
    """Return this process's connection to Redis."""
    from redis import Redis

    return Redis(port=port, decode_responses=True)


@cache
def known(port: int) -> dict[str, str]:
    """Return the campaigns of the ads that this process has looked up, as the original does."""
    return {}


def look_up(port: int, ads: pd.Series) -> pd.Series:
    """Return the campaigns of `ads`; asks Redis for those that are not known yet."""
    cached = known(port)
    missing = [ad for ad in ads.unique() if ad not in cached]
    if missing:
        campaigns: Any = connection(port).mget(missing)
        cached.update(zip(missing, campaigns, strict=True))
    return ads.map(cached)
