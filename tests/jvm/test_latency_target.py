"""As few cores for a stream as keep its batches within a target, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py4j.java_gateway import JVMView
from py4j.protocol import Py4JJavaError

from tests.jvm.functions import NS_PER_MS

TARGET_MS, WINDOW, CALM, MOST = 500, 20, 5, 100
#: Batches after which none of a query's first ones counts any more.
WARM = 2 * CALM


@dataclass(frozen=True)
class Batch:
    work: int
    span: int
    other: int = 0
    #: How much longer it took than it has to.
    late: int = 0

    def at_most_ms(self, cores: int) -> float:
        """Brent's bound."""
        return self.other + self.work / cores + self.span * (1 - 1 / cores)


BATCH = st.builds(
    lambda work, span, other: Batch(work, min(work, span), other),
    work=st.integers(0, 20_000),
    span=st.integers(0, 450),
    other=st.integers(0, 40),
)


class Stream:
    """A query whose batches take as long as the bound says on the cores that it has."""

    def __init__(self, jvm: JVMView) -> None:
        self._jvm = jvm
        self._target: Any = jvm.neptune.order.LatencyTarget(TARGET_MS * NS_PER_MS, WINDOW, CALM)

    @property
    def cores(self) -> int | None:
        found = self._target.cores()
        return int(found.get()) if found.isDefined() else None

    @property
    def sentence(self) -> str:
        return str(self._target.sentence())

    def ends(self, batch: Batch, most: int = MOST) -> bool:
        """End a batch; return whether it was within the target."""
        took_ms = batch.at_most_ms(self.cores or most) + batch.late
        figures = (round(took_ms * 1000) * 1000, *(
            ms * NS_PER_MS for ms in (batch.work, batch.span, batch.other)))  # fmt: skip
        self._target.ended(self._jvm.neptune.order.Batch(*figures), most)
        return took_ms <= TARGET_MS

    def end(self, *batches: Batch) -> list[int | None]:
        return [(self.ends(batch), self.cores)[1] for batch in batches]


@pytest.fixture
def stream(jvm: JVMView) -> Stream:
    return Stream(jvm)


def test_it_finds_the_fewest_cores_once_it_knows_some_batches(stream: Stream) -> None:
    # 1900 ms beside the 100 of the span, in the 400 ms that are left: 4.75 cores.
    assert stream.end(*[Batch(2000, 100)] * 7) == [None, None, None, None, None, 5, 5]


def test_one_core_will_do_for_one_task_after_the_other(stream: Stream) -> None:
    assert stream.end(*[Batch(480, 480)] * 6)[-1] == 1
    assert stream.end(*[Batch(0, 0)] * 5)[-1] == 1


@pytest.mark.parametrize(
    "cold",
    [
        # On any number of cores it takes longer than the target.
        Batch(20_000, 3000, other=900),
        Batch(8100, 100),
    ],
)
def test_the_first_batch_of_a_query_does_not_count(stream: Stream, cold: Batch) -> None:
    assert stream.end(cold, *[Batch(2000, 100)] * 20) == [*[None] * 5, *[5] * 16]
    assert "like the last 16" in stream.sentence


def test_no_batch_counts_for_long_before_code_is_compiled(stream: Stream) -> None:
    """One is too late in each of its first four."""
    stream.end(*[Batch(9000, 800)] * 4)
    assert stream.end(*[Batch(2000, 100)] * 5) == [None, None, None, None, 5]


def test_cores_for_batches_before_code_is_compiled_are_given_back_at_once(stream: Stream) -> None:
    stream.end(*[Batch(8100, 100)] * CALM)
    assert stream.end(*[Batch(2000, 100)] * 6) == [20, 20, 20, 20, 5, 5]


def test_it_takes_more_at_once_and_gives_them_back_one_by_one(stream: Stream) -> None:
    stream.end(*[Batch(2000, 100)] * WARM)
    # 8000 ms beside the 100 of the span; of 20 batches, one may take longer.
    assert stream.end(*[Batch(8100, 100)] * 2) == [20, 20]
    assert stream.end(*[Batch(2000, 100)] * 18) == [20] * 18
    assert stream.end(*[Batch(2000, 100)] * 6) == [20, 20, 20, 20, 19, 18]
    assert stream.end(*[Batch(2000, 100)] * 15) == [*range(17, 5, -1), 5, 5, 5]


def test_a_batch_that_misses_the_target_has_it_take_more_whatever_the_bound_says(
    stream: Stream,
) -> None:
    stream.end(*[Batch(4900, 100)] * WARM)
    assert stream.cores == 12
    assert stream.end(Batch(4900, 100, late=100)) == [15]
    assert "15 cores, after 12" in stream.sentence
    # Those that it was given are given back only after some good ones.
    assert stream.end(*[Batch(4900, 100)] * 6) == [15, 15, 15, 15, 14, 13]


def test_it_never_takes_more_than_there_are(stream: Stream) -> None:
    stream.end(*[Batch(4900, 100)] * WARM)
    for _ in range(9):
        stream.ends(Batch(4900, 100, late=400), most=14)
    assert stream.cores == 14


@pytest.mark.parametrize(
    ("batch", "most", "reason"),
    [
        (Batch(2000, 600), MOST, "take 600 ms on any number of cores"),
        (Batch(2000, 400, other=150), MOST, "take 550 ms on any number of cores"),
        (Batch(4100, 100), 9, "it needs 10 cores, and there are 9"),
    ],
)
def test_there_is_no_limit_where_no_number_of_cores_will_do(
    stream: Stream, batch: Batch, most: int, reason: str
) -> None:
    for _ in range(8):
        stream.ends(batch, most)
    assert stream.cores is None
    assert reason in stream.sentence


def test_it_says_why(stream: Stream) -> None:
    assert "no batch has ended yet" in stream.sentence
    stream.end(Batch(2000, 100))
    assert "only 1 of 6 required batches have ended" in stream.sentence
    stream.end(*[Batch(2000, 100)] * 5)
    assert stream.sentence == (
        "The last batch took 119 ms, within the target of 500 ms: 5 cores, on which 95 of 100 "
        "batches like the last 5 take 480 ms at most."
    )


def test_cores_are_enough_for_95_of_100_and_not_many_more(jvm: JVMView) -> None:
    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(batches=st.lists(BATCH, min_size=CALM + 1, max_size=40))
    def check(batches: list[Batch]) -> None:
        stream = Stream(jvm)
        former: int | None = None
        for count, batch in enumerate(batches, start=1):
            met = stream.ends(batch)
            cores = stream.cores
            last = batches[:count][-max(CALM, min(WINDOW, count - CALM)) :]
            beyond = len(last) - -(-len(last) * 95 // 100)
            assert count > CALM or cores is None
            if cores is None:
                # All there are would not do, either.
                assert count <= CALM or too_late(last, MOST) > beyond
            else:
                assert too_late(last, cores) <= beyond
                # But for what its first batches had it take, which it gives back at once.
                assert not met or former is None or count == WARM or cores >= former - 1
                assert met or former is None or cores > former or cores == MOST
                grew = former is None or cores > former
                # It has grown as far as is needed, no further.
                assert not (grew and met) or cores == 1 or too_late(last, cores - 1) > beyond
            former = cores

    check()


def too_late(batches: list[Batch], cores: int) -> int:
    return sum(batch.at_most_ms(cores) > TARGET_MS + 1e-6 for batch in batches)


def test_a_steady_stream_comes_down_to_what_it_needs(jvm: JVMView) -> None:
    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(before=st.lists(BATCH, max_size=10), steady=BATCH)
    def check(before: list[Batch], steady: Batch) -> None:
        stream = Stream(jvm)
        stream.end(*before)
        found = stream.end(*[steady] * (WINDOW + CALM + MOST))[-1]
        fits = [cores for cores in range(1, MOST + 1) if not too_late([steady], cores)]
        assert found == next(iter(fits), None)

    check()


@pytest.mark.parametrize("bad", [(0, 20, 5), (1, 4, 5), (1, 0, 0)])
def test_what_makes_no_sense_is_refused(jvm: JVMView, bad: tuple[int, int, int]) -> None:
    with pytest.raises(Py4JJavaError, match="must be above 0"):
        jvm.neptune.order.LatencyTarget(*bad)
