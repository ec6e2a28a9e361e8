"""Whether a machine is too busy to measure on, as it is before anything of ours runs."""

from __future__ import annotations

import os
from collections.abc import Callable

import psutil
import pytest

from neptune_bench.harness import machine

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def uses(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[float]]:
    """Has a machine of so many processors use these shares (in per cent) of them, in turns."""

    def use(cpus: int, *shares: float) -> list[float]:
        left = [*shares]
        monkeypatch.setattr(os, "cpu_count", lambda: cpus)
        monkeypatch.setattr(psutil, "cpu_percent", lambda _: left.pop(0))
        # Whatever ran until now.
        monkeypatch.setattr(os, "getloadavg", lambda: (50.0, 50.0, 50.0))
        return left

    return use


def test_one_look_at_a_quiet_machine_is_enough(
    uses: Callable[..., list[float]], capsys: Capture
) -> None:
    left = uses(2, 4.0, 99.0)
    assert machine.load_before() == pytest.approx(0.08)
    assert left == [99.0]
    assert capsys.readouterr().out == ""


def test_what_ends_soon_is_waited_for(uses: Callable[..., list[float]], capsys: Capture) -> None:
    uses(2, *[90.0] * (machine.LOOKS - 1), 10.0)
    assert machine.load_before() == pytest.approx(0.2)
    assert capsys.readouterr().out == ""


def test_what_stays_is_warned_of(uses: Callable[..., list[float]], capsys: Capture) -> None:
    left = uses(2, 90.0, 60.0, *[80.0] * machine.LOOKS)
    assert machine.load_before() == pytest.approx(1.2), "the least"
    assert len(left) == 2
    assert capsys.readouterr().out == (
        "This machine is busy (1.2 of 2 processors in use): expect noisy figures.\n"
    )


@pytest.mark.parametrize(("cpus", "is_busy"), [(2, True), (4, True), (8, False), (64, False)])
def test_it_is_the_share_of_all_processors_that_counts(
    cpus: int, is_busy: bool, uses: Callable[..., list[float]]
) -> None:
    uses(cpus)
    assert bool(machine.busy(1.5)) == is_busy


def test_the_machine_can_be_looked_at() -> None:
    assert 0 <= machine.in_use(0.01) <= (os.cpu_count() or 1)
