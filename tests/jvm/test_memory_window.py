"""The means over a window of time of what an executor tells of its memory."""

from __future__ import annotations

from typing import Any

import pytest
from py4j.java_gateway import JVMView

MIB = 1 << 20
WINDOW_MS = 10_000


class Window:
    """A window to which Python values are added, one sample after the other."""

    def __init__(self, jvm: JVMView, window_ms: int = WINDOW_MS) -> None:
        self._core = jvm.neptune.core
        self._window: Any = self._core.MemoryWindow.empty(window_ms)

    def add(
        self,
        at_ms: int,
        heap: int = 0,
        heap_max: int = 100,
        gc_ms: int = 0,
        spilled: int = 0,
        python: int = 0,
        suspended: int = 0,
        held: int = 0,
        managed: int = 0,
    ) -> Any:
        """The figures when the sample has come."""
        figures = (heap, heap_max, gc_ms, spilled, python, suspended, held, managed)
        self._window = self._window.add(self._core.MemorySample(at_ms, *figures))
        return self._window.figures().get()


@pytest.fixture
def window(jvm: JVMView) -> Window:
    return Window(jvm)


def test_an_executor_that_has_told_nothing_has_no_figures(jvm: JVMView) -> None:
    assert jvm.neptune.core.MemoryWindow.empty(WINDOW_MS).figures().isEmpty()


def test_the_first_sample_has_shares_and_no_rates(window: Window) -> None:
    # 40 of 100; what was collected and spilled before nobody looked at is no rate.
    figures = window.add(
        5_000, heap=40, gc_ms=700, spilled=9 * MIB, python=MIB, suspended=3, held=8, managed=60
    )
    assert figures.heapShare() == 0.4
    assert (figures.gcShare(), figures.spillBytesPerSecond()) == (0.0, 0.0)
    assert (figures.pythonBytes(), figures.suspendedBytes()) == (MIB, 3)
    assert (figures.heldBytes(), figures.managedBytes()) == (8, 60)


def test_heap_and_python_are_means_and_suspended_is_the_last(window: Window) -> None:
    # (20 + 40 + 90) / 3 = 50 of 100; (10 + 20 + 60) / 3 = 30.
    window.add(0, heap=20, python=10, suspended=7)
    window.add(2_000, heap=40, python=20, suspended=9)
    figures = window.add(4_000, heap=90, python=60, suspended=1)
    assert figures.heapShare() == pytest.approx(0.5)
    assert figures.pythonBytes() == 30
    assert figures.suspendedBytes() == 1


def test_rates_are_differences_over_the_time_that_passed(window: Window) -> None:
    # GC: 300 - 100 = 200 ms in 4,000 ms. Spill: 12 - 4 = 8 MiB in 4 s.
    window.add(1_000, gc_ms=100, spilled=4 * MIB)
    window.add(3_000, gc_ms=100, spilled=12 * MIB)
    figures = window.add(5_000, gc_ms=300, spilled=12 * MIB)
    assert figures.gcShare() == pytest.approx(0.05)
    assert figures.spillBytesPerSecond() == 2 * MIB


def test_what_lies_before_the_window_is_where_its_rates_begin(window: Window) -> None:
    # At 14,000 the window begins at 4,000. The sample of 3,000 counts in no mean, but the rate is
    # from there: (50 - 6) MiB in 11 s. That of 0 is forgotten.
    window.add(0, heap=100, spilled=0)
    window.add(3_000, heap=100, spilled=6 * MIB)
    window.add(8_000, heap=10, spilled=6 * MIB)
    figures = window.add(14_000, heap=30, spilled=50 * MIB)
    assert figures.heapShare() == pytest.approx(0.2)
    assert figures.spillBytesPerSecond() == 4 * MIB


def test_a_sample_at_the_windows_edge_is_inside(window: Window) -> None:
    window.add(4_000, heap=10)
    assert window.add(14_000, heap=30).heapShare() == pytest.approx(0.2)
    assert window.add(14_001, heap=50).heapShare() == pytest.approx(0.4)


def test_rates_need_no_window_longer_than_the_interval(jvm: JVMView) -> None:
    # A window of no length: the mean is the last value, the rate is since the one before.
    window = Window(jvm, window_ms=0)
    window.add(0, heap=10, gc_ms=0)
    window.add(2_000, heap=20, gc_ms=0)
    figures = window.add(4_000, heap=90, gc_ms=500)
    assert figures.heapShare() == 0.9
    assert figures.gcShare() == 0.25


def test_after_a_silence_rates_are_over_all_of_it(window: Window) -> None:
    window.add(0, heap=100, gc_ms=0)
    figures = window.add(100_000, heap=50, gc_ms=10_000)
    assert figures.heapShare() == 0.5
    assert figures.gcShare() == pytest.approx(0.1)


def test_shares_stay_within_0_and_1(window: Window) -> None:
    # Four threads that collect for 2 s each, on a heap that tells no maximum (-1) and then one
    # that is smaller than what is used.
    window.add(0, heap=100, heap_max=-1, gc_ms=0)
    figures = window.add(2_000, heap=150, heap_max=100, gc_ms=8_000)
    assert figures.heapShare() == pytest.approx(0.5)
    assert figures.gcShare() == 1.0


def test_counts_that_fall_are_no_negative_rates(window: Window) -> None:
    window.add(0, gc_ms=900, spilled=MIB)
    figures = window.add(2_000, gc_ms=100, spilled=0)
    assert (figures.gcShare(), figures.spillBytesPerSecond()) == (0.0, 0.0)


@pytest.mark.parametrize("at_ms", [5_000, 4_999])
def test_a_clock_that_does_not_go_on_begins_a_new_window(window: Window, at_ms: int) -> None:
    window.add(5_000, heap=10, gc_ms=0)
    figures = window.add(at_ms, heap=80, gc_ms=1_000)
    assert (figures.heapShare(), figures.gcShare()) == (0.8, 0.0)
    assert window.add(at_ms + 1_000, heap=80, gc_ms=1_500).gcShare() == 0.5
