"""The events follow from a seed and their numbers, and are counted once each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from neptune_bench.ysb.events import (
    ADS_PER_CAMPAIGN,
    BEGIN_MS,
    COUNTED,
    TICK_MS,
    Log,
    campaign_table,
)

LOG = Log(seed=3, campaigns=4, per_chunk=25, first=-2, end=12)


@given(number=st.integers(-20, 20), per_chunk=st.integers(1, 400))
def test_a_chunk_has_the_times_of_its_tick(number: int, per_chunk: int) -> None:
    log = Log(1, 4, per_chunk, 0, 1)
    times = [int(event["event_time"]) for event in log.chunk(number)]
    assert len(times) == per_chunk and times == sorted(times)
    begin = BEGIN_MS + number * TICK_MS
    assert times[0] == begin and times[-1] < begin + TICK_MS


def test_counts_are_those_of_the_chunks() -> None:
    events = [event for number in range(-2, 12) for event in LOG.chunk(number)]
    views = [event for event in events if event["event_type"] == COUNTED]
    counts = LOG.counts(500)
    assert 0 < sum(found for (found,) in counts.values()) == len(views) < len(events)
    campaign, begin = max(counts)
    ads = {ad for ad, its in campaign_table(4) if its == campaign}
    assert len(ads) == ADS_PER_CAMPAIGN
    (found,) = counts[campaign, begin]
    assert found == sum(
        view["ad_id"] in ads and begin <= int(view["event_time"]) < begin + 500 for view in views
    )


def test_seeds_make_different_events() -> None:
    other = Log(seed=4, campaigns=4, per_chunk=25, first=-2, end=12)
    assert list(LOG.chunk(0)) == list(LOG.chunk(0)) != list(other.chunk(0))
