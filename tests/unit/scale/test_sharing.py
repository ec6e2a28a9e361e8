"""What users of a simulated cluster get: figures of a made-up run."""

from __future__ import annotations

import pytest

from neptune_bench.harness.text import table
from neptune_bench.scale.report import USERS
from neptune_bench.scale.sharing import shared
from tests.unit.scale.made_up import users


def test_times_are_over_those_alone_and_under_fifo() -> None:
    fifo, fair = shared(users())
    assert (fifo.p50, fifo.p99, fair.p50, fair.p99) == (33.0, 36.0, 1.0, 2.0)
    assert (fifo.long_over, fifo.makespan_over) == (1.0, 1.0)
    assert fair.long_over == pytest.approx(82 / 61.5)
    # FIFO's last is a short one, which came at 9 s.
    assert fair.makespan_over == pytest.approx(42 / 42)
    assert (fifo.suspensions, fair.suspensions) == (0, 9)


def test_windows_count_in_which_two_users_have_work() -> None:
    """FIFO's first long job ends at 20.5 s; the other side has three whole windows."""
    fifo, fair = shared(users())
    assert fifo.jain == (0.5, 0.5)
    # 10 and 10; 15 and 5; none and none.
    assert fair.jain == pytest.approx((1.0, 0.8))


def test_a_side_without_such_a_window_has_no_index() -> None:
    found = users()
    for side in found["sides"].values():
        side["held"] = side["held"][:9]
    assert [row.jain for row in shared(found)] == [None, None]
    for line in table(shared(found), USERS).splitlines()[2:]:
        assert [cell.strip() for cell in line.split("|")][-3] == "-"
