"""How a benchmark ends by a signal: once, when it has cleaned up, and not in the middle."""

from __future__ import annotations

import signal

import pytest

from harness.program import run, unbroken


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_when_it_has_cleaned_up(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    done = []
    before = signal.getsignal(number)

    def act() -> None:
        try:
            signal.raise_signal(number)
            done.append("too much")
        finally:
            # A terminal that is closed says it to all processes, and each says it again.
            signal.raise_signal(number)
            signal.raise_signal(signal.SIGTERM)
            done.append("cleaned up")

    assert run("program", act) == 128 + number
    assert done == ["cleaned up"]
    assert "program: " in capsys.readouterr().err
    assert signal.getsignal(number) is before


def test_what_is_unbroken_is_ended_first() -> None:
    done = []

    def act() -> None:
        with unbroken():
            with unbroken():
                signal.raise_signal(signal.SIGTERM)
            done.append("all of it")
        done.append("too much")

    assert run("program", act) == 143
    assert done == ["all of it"]


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run("program", lambda: signal.raise_signal(signal.SIGHUP)) == 0
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
